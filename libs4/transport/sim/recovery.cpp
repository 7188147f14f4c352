// SPDX-License-Identifier: MIT
// Recovery of the simulated card: a hung job, a crashed firmware, a card that is gone. The worker
// does it. Jobs that had begun end with ECANCELED, those that had not go to the card again.
#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "s4/abi/s4_boot.h"
#include "s4/abi/s4_regs.h"
#include "transport/sim/kernel.hpp"
#include "transport/sim/queues.hpp"
#include "transport/sim/spaces.hpp"

namespace s4::sim {
namespace {

constexpr std::chrono::milliseconds kDrain{10000};
constexpr std::chrono::milliseconds kBoot{30000};
constexpr int kTries = 3;

const char* boot_error_text(uint32_t error) {
  switch (error) {
    case S4_BOOT_E_DMA:
      return "the card could not read it";
    case S4_BOOT_E_SIZE:
      return "its size is not the header's; is the file cut off?";
    case S4_BOOT_E_MAGIC:
      return "it is no S4 firmware image";
    case S4_BOOT_E_HEADER:
      return "its header is malformed";
    case S4_BOOT_E_ABI:
      return "it was made for another interface version; take the image of this release";
    case S4_BOOT_E_OLD:
      return "it is older than the card accepts; take the image of this release";
    case S4_BOOT_E_HASH:
      return "its contents are damaged; copy or build it again";
    case S4_BOOT_E_SIGNATURE:
      return "its signature is not valid; sign it with s4-fw-pack, or open \"sim:unsigned=1\"";
    case S4_BOOT_E_START:
      return "it stopped before it was ready";
    default:
      return "it did not start in time";
  }
}

}  // namespace

int Kernel::wait_drained(Lock& lock) {
  return wait_card(
      lock, [this] { return S4_BOOT_STATE(card_->read(S4_REG_BOOT_STATUS)) != S4_BOOT_RESETTING; },
      kDrain);
}

int Kernel::boot(Lock& lock, std::string* why) {
  card_->set_bus_master(true);  // a reset turns it off
  card_->write(S4_REG_IRQ_ENABLE, UINT32_MAX);
  card_->write64(S4_REG_FW_ADDR_LO, S4_REG_FW_ADDR_HI, firmware_->dma());
  card_->write(S4_REG_FW_SIZE, firmware_bytes_);
  card_->write(S4_REG_BOOT_CTRL, S4_BOOT_START);
  uint32_t status = 0;
  const auto settled = [&] {
    status = card_->read(S4_REG_BOOT_STATUS);
    const uint32_t state = S4_BOOT_STATE(status);
    return state == S4_BOOT_RUNNING || state == S4_BOOT_FAILED || state == S4_BOOT_CRASHED;
  };
  if (const int error = wait_card(lock, settled, kBoot); error != 0 && error != -ETIMEDOUT) {
    return error;
  }
  if (S4_BOOT_STATE(status) != S4_BOOT_RUNNING) {
    *why = fmt::format("the card refuses the firmware image: {} (boot state {}, error {})",
                       boot_error_text(S4_BOOT_ERROR(status)), S4_BOOT_STATE(status),
                       S4_BOOT_ERROR(status));
    return -EIO;
  }
  mailbox_sequence_ = card_->read(S4_REG_MBOX_DONE);
  const uint32_t ping = 0x53340001;
  const int error = mailbox(lock, S4_MBOX_PING, &ping, sizeof ping);
  if (error != 0)
    *why = "the firmware does not answer its mailbox";
  return error;
}

// From any state of the card, a reset under way included.
int Kernel::try_up(Lock& lock, Queue* guilty, std::string* why) {
  if (const int error = wait_drained(lock)) {
    *why = "the card's reset does not end";
    return error;
  }
  // From here on the card writes nothing of before: what the queues' states say is final.
  queues_->settle_all(guilty);
  if (const int error = boot(lock, why))
    return error;
  spaces_->restore_all();
  return queues_->restore_all(lock);
}

void Kernel::recover(Lock& lock) {
  reset_wanted_ = false;
  const std::shared_ptr<Queue> guilty = std::exchange(guilty_, nullptr);
  state_ = CardState::kDown;
  ++downs_;
  notify();
  while (mailbox_busy_)
    changed_.wait(lock);  // whoever waits for an answer gives up
  if (guilty)
    guilty->state |= DRM_S4_QUEUE_BANNED;
  std::string why;
  for (int i = 0; i < kTries; ++i) {
    card_->write(S4_REG_RESET, S4_RESET_KEY);
    const int error = try_up(lock, guilty.get(), &why);
    if (error == 0) {
      reset_wanted_ = false;
      state_ = CardState::kUp;
      queues_->open_all();
      notify();
      return;
    }
    if (card_->read(S4_REG_MAGIC) != S4_MAGIC)
      break;
  }
  give_up();
}

void Kernel::give_up() {
  if (state_ == CardState::kLost)
    return;
  state_ = CardState::kLost;
  ++downs_;
  card_->set_bus_master(false);
  spaces_->lose_all();
  queues_->lose_all();
  notify();
}

}  // namespace s4::sim
