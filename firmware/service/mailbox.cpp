// SPDX-License-Identifier: MIT
#include "service/mailbox.hpp"

namespace s4::fw {
namespace {

constexpr uint32_t kArgs = S4_MBOX_WORDS - 1;

bool zero_from(const s4_mbox_message& request, uint32_t first) {
  uint32_t bits = 0;
  for (uint32_t i = first; i < kArgs; i++)
    bits |= request.args[i];
  return bits == 0;
}

}  // namespace

void Mailbox::handle(bool running) {
  s4_mbox_message request;
  request.op = hw_.load(S4_MCU_MBOX + S4_MBOX_REQ(0));
  for (uint32_t i = 0; i < kArgs; i++) {
    request.args[i] = hw_.load(S4_MCU_MBOX + S4_MBOX_REQ(1 + i));
  }
  const s4_mbox_status status = handle_op(request, running);
  if (waits_)
    return;
  if (status != S4_MBOX_OK)
    log_.line("mailbox: request {} refused, status {}", request.op, status);
  reply(status, status == S4_MBOX_OK && request.op == S4_MBOX_PING ? &request : nullptr);
}

s4_mbox_status Mailbox::handle_op(const s4_mbox_message& request, bool running) {
  switch (request.op) {
    case S4_MBOX_PING:
      return S4_MBOX_OK;
    case S4_MBOX_QUEUE_CREATE:
      return create(request);
    case S4_MBOX_QUEUE_DESTROY:
      return destroy(request);
    case S4_MBOX_QUIESCE:
      if (!zero_from(request, 0))
        return S4_MBOX_E_ARG;
      quiesced_ = true;
      waits_ = running;
      // The request's line stays up until the answer: without this the MCU would not sleep.
      if (waits_)
        hw_.store(S4_MCU_INTC + S4_INTC_ENABLE, S4_INTC_DOORBELL | S4_INTC_UNIT);
      return S4_MBOX_OK;
    case S4_MBOX_RESUME:
      if (!zero_from(request, 0))
        return S4_MBOX_E_ARG;
      quiesced_ = false;
      return S4_MBOX_OK;
    default:
      return S4_MBOX_E_OP;
  }
}

s4_mbox_status Mailbox::create(const s4_mbox_message& request) {
  const s4_mbox_queue_create& q = request.queue_create;
  if (q.reserved[0] || q.reserved[1])
    return S4_MBOX_E_ARG;
  const s4_mbox_status status = queues_.create(q);
  if (status == S4_MBOX_OK) {
    log_.line("queue {}: space {}, mode {}, core {}, priority {}, {} entries", q.slot, q.space,
              q.core_mode, q.core, q.priority, q.ring_entries);
  }
  return status;
}

s4_mbox_status Mailbox::destroy(const s4_mbox_message& request) {
  if (request.args[0] >= S4_NUM_QUEUES || !zero_from(request, 1))
    return S4_MBOX_E_ARG;
  return queues_.destroy(request.args[0]);
}

void Mailbox::idle() {
  if (!waits_)
    return;
  waits_ = false;
  hw_.store(S4_MCU_INTC + S4_INTC_ENABLE, S4_INTC_DOORBELL | S4_INTC_UNIT | S4_INTC_MAILBOX);
  reply(S4_MBOX_OK, nullptr);
}

void Mailbox::reply(s4_mbox_status status, const s4_mbox_message* echo) {
  hw_.store(S4_MCU_MBOX + S4_MBOX_RESP(0), status);
  for (uint32_t i = 0; i < kArgs; i++) {
    hw_.store(S4_MCU_MBOX + S4_MBOX_RESP(1 + i), echo ? echo->args[i] : 0);
  }
  hw_.store(S4_MCU_MBOX + S4_MBOX_REPLY, hw_.load(S4_MCU_MBOX + S4_MBOX_SEQ));
}

}  // namespace s4::fw
