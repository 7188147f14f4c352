// SPDX-License-Identifier: MIT
#include "power/sensors.hpp"

#include "s4/abi/s4_mcu.h"

namespace s4::card {

Power::Reading Sensors::sample() {
  std::array<uint64_t, S4_NUM_CORES> busy;
  for (unsigned core = 0; core < S4_NUM_CORES; ++core) {
    busy[core] = dispatch_.busy_ns(core);
  }
  return power_.sample(host_.time_ns(), busy);
}

uint32_t Sensors::latch(uint64_t value) {
  high_ = static_cast<uint32_t>(value >> 32);
  return static_cast<uint32_t>(value);
}

bool Sensors::load(uint32_t address, unsigned size, uint32_t& value) {
  const uint32_t reg = address - S4_MCU_SENSORS;
  if (size != 4) {
    return false;
  }
  if (reg >= S4_SENSOR_BUSY_LO(0) && reg < S4_SENSOR_BUSY_LO(S4_NUM_CORES)) {
    value = reg % 8 == 0 ? latch(dispatch_.busy_ns((reg - S4_SENSOR_BUSY_LO(0)) / 8)) : high_;
    return true;
  }
  switch (reg) {
    case S4_SENSOR_TEMPERATURE:
      value = static_cast<uint32_t>(sample().temperature_mc);
      return true;
    case S4_SENSOR_POWER:
      value = sample().power_mw;
      return true;
    case S4_SENSOR_POWER_LIMIT:
      value = Power::kLimitMw;
      return true;
    case S4_SENSOR_VOLTAGE:
      value = sample().voltage_mv;
      return true;
    case S4_SENSOR_CLOCK:
      value = sample().clock_khz;
      return true;
    case S4_SENSOR_THROTTLE:
      value = sample().throttle;
      return true;
    case S4_SENSOR_ECC_CORRECTED_LO:
      value = latch(ecc_.corrected.load(std::memory_order_relaxed));
      return true;
    case S4_SENSOR_ECC_UNCORRECTED_LO:
      value = latch(ecc_.uncorrected.load(std::memory_order_relaxed));
      return true;
    case S4_SENSOR_ECC_CORRECTED_HI:
    case S4_SENSOR_ECC_UNCORRECTED_HI:
      value = high_;
      return true;
    default:
      return false;
  }
}

bool Sensors::store(uint32_t, unsigned, uint32_t) {
  return false;
}

}  // namespace s4::card
