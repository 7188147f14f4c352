// SPDX-License-Identifier: MIT
#include "transport/sim/kernel.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "s4/abi/s4_boot.h"
#include "s4/abi/s4_limits.h"
#include "s4/abi/s4_mmu.h"
#include "s4/abi/s4_pci.h"
#include "s4/abi/s4_regs.h"
#include "transport/sim/firmware.hpp"
#include "transport/sim/queues.hpp"
#include "transport/sim/shared_fds.hpp"
#include "transport/sim/spaces.hpp"

namespace s4::sim {
namespace {

using std::chrono::steady_clock;

// An interrupt ends a wait at once; a look now and then makes up for what raises none.
constexpr std::chrono::milliseconds kLook{10};
constexpr std::chrono::milliseconds kAnswer{10000};

// As in driver/s4_device.h.
constexpr uint32_t kFileMaxVms = 8;
constexpr uint32_t kFileMaxQueues = 16;

}  // namespace

Kernel::Kernel(const Options& options) : options_(options) {}

Result<std::shared_ptr<Kernel>> Kernel::start(const Options& options) {
  auto image = load_firmware(options.firmware);
  if (!image)
    return std::move(image).error();
  std::shared_ptr<Kernel> kernel(new Kernel(options));
  auto card = CardPort::create(options, kernel->host_, [raw = kernel.get()](unsigned vector) {
    const std::lock_guard bell(raw->bell_mutex_);
    raw->rung_ |= uint64_t{1} << (vector % S4_NUM_VECTORS);
    raw->bell_.notify_one();
  });
  if (!card)
    return std::move(card).error();
  kernel->card_ = *std::move(card);
  kernel->firmware_ = kernel->host_.allocate(image->size());
  if (!kernel->firmware_) {
    return Error{Code::kOutOfHostMemory, ENOMEM, "sim", "open",
                 "there is no memory for the simulated card's firmware"};
  }
  std::memcpy(kernel->firmware_->data(), image->data(), image->size());
  kernel->firmware_bytes_ = static_cast<uint32_t>(image->size());
  Lock lock(kernel->mutex);
  if (auto up = kernel->bring_up(lock); !up)
    return std::move(up).error();
  return kernel;
}

Result<void> Kernel::bring_up(Lock& lock) {
  read_info();
  dram_ = std::make_unique<Dram>(*card_, info_.dram_bytes, info_.aperture_bytes);
  spaces_ = std::make_unique<Spaces>(*this);
  queues_ = std::make_unique<Queues>(*this);
  fds_ = std::make_unique<SharedFds>();
  worker_ = std::thread([this] { work(); });
  std::string why;
  if (const int error = try_up(lock, nullptr, &why)) {
    return Error{Code::kSystem, -error, "sim", "boot",
                 why.empty() ? "the simulated card's firmware does not start" : why};
  }
  info_.fw_version = card_->read(S4_REG_FW_VERSION);
  state_ = CardState::kUp;
  return {};
}

Kernel::~Kernel() {
  {
    const std::lock_guard bell(bell_mutex_);
    rung_ |= kStop;
    bell_.notify_one();
  }
  if (worker_.joinable())
    worker_.join();
  // Nothing of the card may run when the memory that it reaches goes.
  if (card_)
    card_->shut_down();
  fds_.reset();
  queues_.reset();
  spaces_.reset();
  firmware_.reset();
  dram_.reset();
  card_.reset();
}

void Kernel::read_info() {
  info_.abi_version = card_->read(S4_REG_ABI_VERSION);
  info_.num_cores = card_->read(S4_REG_NUM_CORES);
  info_.max_queues = kFileMaxQueues;
  info_.max_vms = kFileMaxVms;
  info_.sram_bytes = card_->read(S4_REG_SRAM_SIZE);
  info_.clock_top_khz = card_->read(S4_REG_CLOCK_TOP);
  info_.va_begin = S4_VA_FIRST;
  info_.va_end = S4_SRAM_VA;
  info_.dram_bytes = card_->read64(S4_REG_DRAM_SIZE_LO, S4_REG_DRAM_SIZE_HI);
  info_.aperture_bytes = card_->read64(S4_REG_APERTURE_LO, S4_REG_APERTURE_HI);
  card_->read_window(S4_REG_SERIAL, info_.serial, sizeof info_.serial);
}

uint32_t Kernel::reset_count() {
  return card_->read(S4_REG_RESET_COUNT);
}

uint64_t Kernel::new_mmap_offset(const std::shared_ptr<Bo>& bo) {
  std::erase_if(mmap_offsets_, [](const auto& entry) { return entry.second.expired(); });
  const uint64_t offset = next_mmap_offset_;
  next_mmap_offset_ += bo->bytes;
  mmap_offsets_[offset] = bo;
  return offset;
}

std::shared_ptr<Bo> Kernel::find_mmap(uint64_t offset) {
  const auto it = mmap_offsets_.find(offset);
  return it == mmap_offsets_.end() ? nullptr : it->second.lock();
}

int Kernel::enter(Lock& lock) {
  while (state_ == CardState::kDown)
    changed_.wait(lock);
  return state_ == CardState::kLost ? -ENODEV : 0;
}

bool Kernel::wait_change(Lock& lock, steady_clock::time_point end) {
  return changed_.wait_until(lock, end) == std::cv_status::no_timeout || steady_clock::now() < end;
}

int Kernel::wait_card(Lock& lock, const std::function<bool()>& done,
                      std::chrono::milliseconds most) {
  const auto end = steady_clock::now() + most;
  const uint64_t downs = downs_;
  while (!done()) {
    if (state_ == CardState::kLost)
      return -ENODEV;
    if (downs_ != downs)
      return -EAGAIN;
    if (steady_clock::now() >= end)
      return -ETIMEDOUT;
    changed_.wait_for(lock, kLook);
  }
  return 0;
}

int Kernel::mailbox(Lock& lock, uint32_t op, const void* args, size_t bytes) {
  const uint64_t downs = downs_;
  while (mailbox_busy_)
    changed_.wait(lock);
  if (downs_ != downs)
    return -EAGAIN;
  if (state_ == CardState::kLost)
    return -ENODEV;
  mailbox_busy_ = true;
  uint32_t words[S4_MBOX_WORDS] = {op};
  std::memcpy(&words[1], args, bytes);
  for (uint32_t i = 0; i < S4_MBOX_WORDS; ++i)
    card_->write(S4_REG_MBOX_REQUEST + 4 * i, words[i]);
  const uint32_t sequence = ++mailbox_sequence_;
  card_->write(S4_REG_MBOX_SEND, sequence);
  int error = wait_card(
      lock, [&] { return card_->read(S4_REG_MBOX_DONE) == sequence; }, kAnswer);
  if (error == -ETIMEDOUT)
    request_reset();
  if (error == 0) {
    const uint32_t status = card_->read(S4_REG_MBOX_RESPONSE);
    error = status == S4_MBOX_OK ? 0 : status == S4_MBOX_E_BUSY ? -EBUSY : -EIO;
  }
  mailbox_busy_ = false;
  notify();
  return error;
}

void Kernel::poke() {
  const std::lock_guard bell(bell_mutex_);
  rung_ |= kPoked;
  bell_.notify_one();
}

void Kernel::request_reset(std::shared_ptr<Queue> guilty) {
  reset_wanted_ = true;
  if (guilty)
    guilty_ = std::move(guilty);
  poke();
}

void Kernel::work() {
  for (;;) {
    uint64_t rung = 0;
    {
      std::unique_lock bell(bell_mutex_);
      const auto rings = [this] { return rung_ != 0; };
      if (watch_) {
        bell_.wait_for(bell, kLook, rings);
      } else {
        bell_.wait(bell, rings);
      }
      rung = std::exchange(rung_, 0);
    }
    if ((rung & kStop) != 0)
      return;
    Lock lock(mutex);
    look_around(lock, rung);
  }
}

void Kernel::look_around(Lock& lock, uint64_t interrupts) {
  if ((interrupts & (uint64_t{1} << S4_VECTOR_CONTROL)) != 0)
    control_interrupt();
  if (state_ != CardState::kLost && card_->read(S4_REG_MAGIC) != S4_MAGIC)
    give_up();
  dram_->pump();
  if (state_ == CardState::kUp) {
    queues_->pump_all(lock);
    if (auto hung = queues_->find_hung())
      request_reset(std::move(hung));
    if (reset_wanted_)
      recover(lock);
  }
  spaces_->pump();
  watch_ = state_ == CardState::kUp &&
           (queues_->busy() || spaces_->busy() || dram_->discarding() || reset_wanted_);
  notify();
}

void Kernel::control_interrupt() {
  const uint32_t status = card_->read(S4_REG_IRQ_STATUS);
  if (status == UINT32_MAX)
    return;  // gone
  card_->write(S4_REG_IRQ_STATUS, status);
  if ((status & S4_IRQ_FAULT) != 0)
    card_->write(S4_REG_FAULT_INFO, S4_FAULT_VALID);
  if ((status & S4_IRQ_CRASH) != 0 && state_ == CardState::kUp)
    reset_wanted_ = true;
}

}  // namespace s4::sim
