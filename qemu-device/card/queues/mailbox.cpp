// SPDX-License-Identifier: MIT
#include "queues/mailbox.hpp"

#include <utility>

#include "s4/abi/s4_mcu.h"

namespace s4::card {

Mailbox::Mailbox(Intc& intc, std::function<void()> on_reply)
    : intc_(intc), on_reply_(std::move(on_reply)) {}

uint32_t Mailbox::done() const {
  const std::lock_guard lock(mutex_);
  return done_;
}

uint32_t Mailbox::request(unsigned word) const {
  const std::lock_guard lock(mutex_);
  return request_[word];
}

uint32_t Mailbox::response(unsigned word) const {
  const std::lock_guard lock(mutex_);
  return response_[word];
}

void Mailbox::set_request(unsigned word, uint32_t value) {
  const std::lock_guard lock(mutex_);
  request_[word] = value;
}

bool Mailbox::send(uint32_t sequence) {
  {
    const std::lock_guard lock(mutex_);
    if (pending()) {
      return false;
    }
    sequence_ = sequence;
    taken_ = request_;
    pending_.store(true, std::memory_order_seq_cst);
  }
  intc_.refresh();
  return true;
}

void Mailbox::reset() {
  {
    const std::lock_guard lock(mutex_);
    pending_.store(false, std::memory_order_seq_cst);
    sequence_ = done_ = 0;
    request_ = taken_ = reply_ = response_ = {};
  }
  intc_.refresh();
}

bool Mailbox::load(uint32_t address, unsigned size, uint32_t& value) {
  const uint32_t reg = address - S4_MCU_MBOX;
  if (size != 4) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  if (reg >= S4_MBOX_REQ(0) && reg < S4_MBOX_REQ(S4_MBOX_WORDS)) {
    value = taken_[(reg - S4_MBOX_REQ(0)) / 4];
    return true;
  }
  if (reg >= S4_MBOX_RESP(0) && reg < S4_MBOX_RESP(S4_MBOX_WORDS)) {
    value = reply_[(reg - S4_MBOX_RESP(0)) / 4];
    return true;
  }
  value = sequence_;
  return reg == S4_MBOX_SEQ;
}

bool Mailbox::store(uint32_t address, unsigned size, uint32_t value) {
  const uint32_t reg = address - S4_MCU_MBOX;
  if (size != 4) {
    return false;
  }
  if (reg >= S4_MBOX_RESP(0) && reg < S4_MBOX_RESP(S4_MBOX_WORDS)) {
    const std::lock_guard lock(mutex_);
    reply_[(reg - S4_MBOX_RESP(0)) / 4] = value;
    return true;
  }
  if (reg != S4_MBOX_REPLY) {
    return false;
  }
  {
    const std::lock_guard lock(mutex_);
    if (!pending() || value != sequence_) {
      return true;  // an answer to nothing
    }
    response_ = reply_;
    reply_ = {};
    done_ = value;
    pending_.store(false, std::memory_order_seq_cst);
  }
  intc_.refresh();
  on_reply_();
  return true;
}

}  // namespace s4::card
