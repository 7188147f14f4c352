// SPDX-License-Identifier: MIT
#include "service/telemetry.hpp"

#include "support/bits.hpp"

namespace s4::fw {

#define S4_AT(member) static_cast<uint32_t>(__builtin_offsetof(s4_telemetry, member))

uint64_t Telemetry::now_us() const {
  uint32_t high, low;
  do {
    high = hw_.load(S4_MCU_MTIME_HI);
    low = hw_.load(S4_MCU_MTIME_LO);
  } while (high != hw_.load(S4_MCU_MTIME_HI));
  return low | uint64_t{high} << 32;
}

uint64_t Telemetry::sensor(uint32_t low) const {
  const uint32_t value = hw_.load(S4_MCU_SENSORS + low);
  return value | uint64_t{hw_.load(S4_MCU_SENSORS + low + 4)} << 32;
}

void Telemetry::put(uint32_t offset, uint32_t value) {
  hw_.store(S4_MCU_TELEMETRY + offset, value);
}

void Telemetry::put64(uint32_t offset, uint64_t value) {
  put(offset, static_cast<uint32_t>(value));
  put(offset + 4, static_cast<uint32_t>(value >> 32));
}

// The order keeps a half-written value from being in the past.
void Telemetry::set_timer(uint64_t when) {
  hw_.store(S4_MCU_MTIMECMP_HI, ~0u);
  hw_.store(S4_MCU_MTIMECMP_LO, static_cast<uint32_t>(when));
  hw_.store(S4_MCU_MTIMECMP_HI, static_cast<uint32_t>(when >> 32));
}

void Telemetry::start() {
  started_us_ = now_us();
  sampled_us_ = started_us_;
  for (uint32_t core = 0; core < S4_NUM_CORES; core++) {
    first_busy_[core] = busy_[core] = sensor(S4_SENSOR_BUSY_LO(core));
  }
  tick(0);
}

void Telemetry::tick(uint32_t queues) {
  const uint64_t now = now_us();
  const uint64_t busy_before = busy_[0] + busy_[1] + busy_[2] + busy_[3];
  sample(now, queues);
  const bool busy = busy_[0] + busy_[1] + busy_[2] + busy_[3] != busy_before;
  slow_ = !active_ && !busy;
  active_ = false;
  set_timer(now + (slow_ ? kIdlePeriod : kActivePeriod));
}

void Telemetry::quicken() {
  slow_ = false;
  set_timer(now_us() + kActivePeriod);
}

void Telemetry::sample(uint64_t now, uint32_t queues) {
  const uint64_t wall_us = now - sampled_us_;
  sampled_us_ = now;
  put(S4_AT(sequence), ++sequence_);
  put(S4_AT(size), sizeof(s4_telemetry));
  put64(S4_AT(uptime_ms), (now - started_us_) / 1000);
  put(S4_AT(temperature_mc), hw_.load(S4_MCU_SENSORS + S4_SENSOR_TEMPERATURE));
  put(S4_AT(power_mw), hw_.load(S4_MCU_SENSORS + S4_SENSOR_POWER));
  put(S4_AT(power_limit_mw), hw_.load(S4_MCU_SENSORS + S4_SENSOR_POWER_LIMIT));
  put(S4_AT(voltage_mv), hw_.load(S4_MCU_SENSORS + S4_SENSOR_VOLTAGE));
  put(S4_AT(clock_khz), hw_.load(S4_MCU_SENSORS + S4_SENSOR_CLOCK));
  put(S4_AT(throttle), hw_.load(S4_MCU_SENSORS + S4_SENSOR_THROTTLE));
  for (uint32_t core = 0; core < S4_NUM_CORES; core++) {
    const uint64_t busy = sensor(S4_SENSOR_BUSY_LO(core));
    // ns / us is in thousandths.
    const uint64_t share = wall_us ? (busy - busy_[core]) / wall_us : 0;
    put(S4_AT(utilization_permille) + 4 * core, static_cast<uint32_t>(min(share, uint64_t{1000})));
    put64(S4_AT(busy_ns) + 8 * core, busy - first_busy_[core]);
    busy_[core] = busy;
  }
  put64(S4_AT(ecc_corrected), sensor(S4_SENSOR_ECC_CORRECTED_LO));
  put64(S4_AT(ecc_uncorrected), sensor(S4_SENSOR_ECC_UNCORRECTED_LO));
  put64(S4_AT(jobs_done), counters_.jobs_done);
  put64(S4_AT(jobs_failed), counters_.jobs_failed);
  put64(S4_AT(commands_done), counters_.commands_done);
  put(S4_AT(queues), queues);
  put(S4_AT(sequence), ++sequence_);
}

}  // namespace s4::fw
