// SPDX-License-Identifier: MIT
#include "s4/s4.h"

const char* s4_code_name(enum s4_code code) {
  switch (code) {
    case S4_SUCCESS:
      return "S4_SUCCESS";
    case S4_ERROR_INVALID_ARGUMENT:
      return "S4_ERROR_INVALID_ARGUMENT";
    case S4_ERROR_NO_DEVICE:
      return "S4_ERROR_NO_DEVICE";
    case S4_ERROR_PERMISSION:
      return "S4_ERROR_PERMISSION";
    case S4_ERROR_OUT_OF_CARD_MEMORY:
      return "S4_ERROR_OUT_OF_CARD_MEMORY";
    case S4_ERROR_OUT_OF_HOST_MEMORY:
      return "S4_ERROR_OUT_OF_HOST_MEMORY";
    case S4_ERROR_OUT_OF_RESOURCES:
      return "S4_ERROR_OUT_OF_RESOURCES";
    case S4_ERROR_TIMEOUT:
      return "S4_ERROR_TIMEOUT";
    case S4_ERROR_DEVICE_RESET:
      return "S4_ERROR_DEVICE_RESET";
    case S4_ERROR_DEVICE_LOST:
      return "S4_ERROR_DEVICE_LOST";
    case S4_ERROR_JOB_FAILED:
      return "S4_ERROR_JOB_FAILED";
    case S4_ERROR_CANCELLED:
      return "S4_ERROR_CANCELLED";
    case S4_ERROR_BAD_WEIGHTS:
      return "S4_ERROR_BAD_WEIGHTS";
    case S4_ERROR_VERSION:
      return "S4_ERROR_VERSION";
    case S4_ERROR_UNSUPPORTED:
      return "S4_ERROR_UNSUPPORTED";
    case S4_ERROR_SYSTEM:
      return "S4_ERROR_SYSTEM";
  }
  return "unknown code";
}

const char* s4_status_text(uint32_t status) {
  switch (status) {
    case S4_OK:
      return "ended well";
    case S4_E_OPCODE:
      return "the card knows no such command";
    case S4_E_FIELD:
      return "a field of the command is out of range";
    case S4_E_ALIGN:
      return "a field of the command is not aligned";
    case S4_E_OVERLAP:
      return "the destination overlaps a source";
    case S4_E_INDEX:
      return "an index is out of range or out of order";
    case S4_E_UNMAPPED:
      return "nothing is mapped there; was the buffer released, or the size wrong?";
    case S4_E_READONLY:
      return "it is mapped read-only";
    case S4_E_TABLE:
      return "a page table entry is malformed";
    case S4_E_DMA:
      return "the host refused the access";
    case S4_E_ECC:
      return "card memory has an uncorrectable error there; upload the data again";
    case S4_E_JOB:
      return "the job itself is malformed";
    case S4_E_CANCELLED:
      return "cancelled before it ended";
    case S4_E_INTERNAL:
      return "the card had an internal error and is reset; submit again";
    default:
      return "unknown status";
  }
}
