#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The glue between QEMU and the card: configuration space, regions, resets, DMA, faults, life."""
import os
import pathlib
import random
import struct
import sys
import unittest

import abi
from machine import Card, Machine

FIRMWARE = pathlib.Path(os.environ["S4_FIRMWARE"])
FW_AT = 0x1000000  # guest addresses
MSI_AT = 0x2000000


class CardTest(unittest.TestCase):
    cards = ("memory=1G,threads=2",)

    def setUp(self):
        self.machine = Machine(*self.cards)
        self.card = Card(self.machine)

    def tearDown(self):
        errors = self.machine.errors()
        self.assertEqual(self.machine.close(), 0, errors)

    def boot(self, card=None, image=None, size=None):
        """Starts the boot ROM on an image in guest memory; the boot status that it ends with."""
        card = card or self.card
        image = image if image is not None else FIRMWARE.read_bytes()
        self.machine.write(FW_AT, image)
        return self.boot_at(FW_AT, len(image) if size is None else size, card)

    def boot_at(self, addr, size, card=None):
        card = card or self.card
        card.wait("a reset to end",
                  lambda: card.reg(abi.S4_REG_BOOT_STATUS) & 0xFF != abi.S4_BOOT_RESETTING)
        card.set64(abi.S4_REG_FW_ADDR_LO, addr)
        card.set(abi.S4_REG_FW_SIZE, size)
        card.set(abi.S4_REG_BOOT_CTRL, abi.S4_BOOT_START)
        ended = (abi.S4_BOOT_RUNNING, abi.S4_BOOT_FAILED)
        card.wait("the boot", lambda: card.reg(abi.S4_REG_BOOT_STATUS) & 0xFF in ended)
        status = card.reg(abi.S4_REG_BOOT_STATUS)
        return status & 0xFF, status >> 8 & 0xFF

    def assert_running(self, card=None):
        self.assertEqual(self.boot(card), (abi.S4_BOOT_RUNNING, 0))

    def inject(self, name, value, card="card0"):
        answer = self.machine.qmp("qom-set", path=card, property=name, value=value)
        self.assertIn("return", answer)

    def bus_reset(self):
        control = self.card.port.get(0x3E, 2)
        self.card.port.put(0x3E, control | 0x40, 2)
        self.card.port.put(0x3E, control & ~0x40, 2)
        self.card.place()

    def function_reset(self):
        exp = self.card.capability(0x10)
        self.card.put(exp + 8, self.card.get(exp + 8, 2) | 0x8000, 2)
        self.card.place()


class Configuration(CardTest):
    def test_identity_is_the_cards(self):
        self.assertEqual(self.card.get(0), abi.S4_PCI_DEVICE_ID << 16 | abi.S4_PCI_VENDOR_ID)
        self.assertEqual(self.card.get(8), abi.S4_PCI_CLASS << 8 | abi.S4_PCI_REVISION)

    def test_link_is_gen3_x16(self):
        exp = self.card.capability(0x10)
        self.assertEqual(self.card.get(exp + 12) & 0x3FF, 16 << 4 | 3)
        self.assertEqual(self.card.get(exp + 18, 2) & 0x3FF, 16 << 4 | 3)

    def test_function_level_reset_and_aer_and_power_management_are_there(self):
        exp = self.card.capability(0x10)
        self.assertTrue(self.card.get(exp + 4) & 1 << 28)
        self.assertIsNotNone(self.card.extended(1))
        self.assertIsNotNone(self.card.capability(1))

    def test_msix_has_32_vectors_in_bar4(self):
        msix = self.card.capability(0x11)
        self.assertEqual((self.card.get(msix + 2, 2) & 0x7FF) + 1, abi.S4_NUM_VECTORS)
        self.assertEqual(self.card.get(msix + 4) & 7, abi.S4_BAR_MSIX)

    def test_bar_sizes_and_kinds(self):
        self.card.put(0x10, 0xFFFFFFFF)
        self.assertEqual(self.card.get(0x10), 2**32 - abi.S4_BAR_REGS_SIZE)
        self.card.put(0x18, 0xFFFFFFFF)
        self.card.put(0x1C, 0xFFFFFFFF)
        self.assertEqual(self.card.get(0x18) & 0xF, 0xC)  # 64-bit, prefetchable
        size = 2**64 - (self.card.get(0x1C) << 32 | self.card.get(0x18) & ~0xF)
        self.assertEqual(size, 1 << 30)

    def test_registers_answer(self):
        self.assertEqual(self.card.reg(abi.S4_REG_MAGIC), abi.S4_MAGIC)
        self.assertEqual(self.card.reg(abi.S4_REG_DRAM_SIZE_LO), 1 << 30)

    def test_a_running_card_refuses_migration(self):
        answer = self.machine.qmp("migrate", uri="exec:cat>/dev/null")
        self.assertIn("non-migratable", answer["error"]["desc"])

    def test_odd_accesses_are_guest_errors_and_harmless(self):
        self.machine.read(self.card.regs + 1, 1)
        self.machine.call("writew", hex(self.card.regs + 2), "0x1")
        self.machine.call("readl", hex(self.card.regs + 0x7F00))
        self.assertEqual(self.card.reg(abi.S4_REG_MAGIC), abi.S4_MAGIC)
        self.assertIn("s4 ", self.machine.guest_errors())


class FullSize(CardTest):
    cards = ("",)

    def test_default_card_has_20_gib_behind_a_window_of_32(self):
        size = self.card.reg(abi.S4_REG_DRAM_SIZE_HI) << 32 | self.card.reg(abi.S4_REG_DRAM_SIZE_LO)
        self.assertEqual(size, 20 << 30)
        self.card.put(0x1C, 0xFFFFFFFF)
        self.assertEqual(2**32 - self.card.get(0x1C), (32 << 30) >> 32)
        self.card.place()
        end = self.card.dram + (20 << 30) - 8
        self.machine.write(end, b"S4 DRAM.")
        self.assertEqual(self.machine.read(end, 8), b"S4 DRAM.")

    def test_an_idle_card_keeps_under_64_mib(self):
        status = pathlib.Path(f"/proc/{self.machine.process.pid}/smaps").read_text(encoding="ascii")
        rss, keep = 0, False
        for line in status.splitlines():
            words = line.split()
            if "-" in words[0] and not words[0].endswith(":"):
                low, high = (int(x, 16) for x in words[0].split("-"))
                keep = high - low >= 20 << 30
            elif keep and words[0] == "Rss:":
                rss += int(words[1])
        self.assertLess(rss, 64 << 10)


class Aperture(CardTest):
    cards = ("memory=1G,aperture=256M,threads=1",)

    def test_bar2_is_as_large_as_the_aperture(self):
        self.card.put(0x18, 0xFFFFFFFF)
        self.assertEqual(self.card.get(0x18) & ~0xF, 2**32 - (256 << 20))
        self.assertEqual(self.card.reg(abi.S4_REG_APERTURE_LO), 256 << 20)


class Boot(CardTest):
    def test_without_bus_mastering_the_image_cannot_be_read(self):
        self.assertEqual(self.boot(), (abi.S4_BOOT_FAILED, abi.S4_BOOT_E_DMA))

    def test_with_bus_mastering_the_firmware_runs(self):
        self.card.place()
        self.assert_running()

    def test_a_wrong_signature_is_refused(self):
        self.card.place()
        image = bytearray(FIRMWARE.read_bytes())
        image[64] ^= 1  # first byte of the signature
        self.assertEqual(self.boot(image=image), (abi.S4_BOOT_FAILED, abi.S4_BOOT_E_SIGNATURE))

    def test_dma_aimed_at_device_registers_fails(self):
        self.card.place()
        for addr in (self.card.regs, self.card.dram, 0xFEE00000, 0xFEC00000, 1 << 45):
            self.assertEqual(self.boot_at(addr, 4096), (abi.S4_BOOT_FAILED, abi.S4_BOOT_E_DMA))

    def test_dma_that_runs_off_the_end_of_memory_fails(self):
        self.card.place()
        image = FIRMWARE.read_bytes()
        end = 256 << 20
        self.machine.write(end - 4096, image[:4096])
        self.assertEqual(self.boot_at(end - 4096, len(image)),
                         (abi.S4_BOOT_FAILED, abi.S4_BOOT_E_DMA))

    def test_mailbox_answers_and_raises_vector_0(self):
        self.card.place()
        self.assert_running()
        msix = self.card.capability(0x11)
        self.card.put(msix + 2, 0x8000, 2)
        self.machine.write(self.card.msix, struct.pack("<QII", MSI_AT, 0x5334, 0))
        self.card.set(abi.S4_REG_IRQ_STATUS, 0xFFFFFFFF)
        self.card.set(abi.S4_REG_IRQ_ENABLE, abi.S4_IRQ_MAILBOX)
        self.card.set(abi.S4_REG_MBOX_REQUEST, abi.S4_MBOX_PING)
        self.card.set(abi.S4_REG_MBOX_REQUEST + 4, 77)
        self.card.set(abi.S4_REG_MBOX_SEND, 1)
        self.card.wait("the answer", lambda: self.card.reg(abi.S4_REG_MBOX_DONE) == 1)
        self.assertEqual(self.card.reg(abi.S4_REG_MBOX_RESPONSE), abi.S4_MBOX_OK)
        self.assertEqual(self.card.reg(abi.S4_REG_MBOX_RESPONSE + 4), 77)
        self.card.wait("the interrupt", lambda: self.machine.read32(MSI_AT) == 0x5334)


class Unverified(CardTest):
    cards = ("memory=1G,threads=1,firmware-verify=off",)

    def test_firmware_verify_off_takes_an_unsigned_image(self):
        self.card.place()
        image = bytearray(FIRMWARE.read_bytes())
        image[64:128] = bytes(64)
        self.assertEqual(self.boot(image=image), (abi.S4_BOOT_RUNNING, 0))


class Resets(CardTest):
    def setUp(self):
        super().setUp()
        self.card.place()
        self.assert_running()
        self.machine.write(self.card.dram + 4096, b"kept over resets")
        self.resets = self.card.reg(abi.S4_REG_RESET_COUNT)

    def assert_was_reset(self):
        self.card.wait("the reset", lambda: self.card.reg(abi.S4_REG_BOOT_STATUS) & 0xFF ==
                       abi.S4_BOOT_WAITING)
        self.assertGreater(self.card.reg(abi.S4_REG_RESET_COUNT), self.resets)
        self.assertEqual(self.card.reg(abi.S4_REG_FW_VERSION), 0)
        self.assertEqual(self.machine.read(self.card.dram + 4096, 16), b"kept over resets")
        self.assert_running()

    def test_function_level_reset(self):
        self.function_reset()
        self.assert_was_reset()

    def test_bus_reset(self):
        self.bus_reset()
        self.assert_was_reset()

    def test_register_reset(self):
        self.card.set(abi.S4_REG_RESET, abi.S4_RESET_KEY)
        self.card.place()
        self.assert_was_reset()

    def test_d3_is_deaf_and_resets_on_the_way_back(self):
        pm = self.card.capability(1)
        self.card.put(pm + 4, 3, 2)
        self.assertEqual(self.card.reg(abi.S4_REG_MAGIC), 0xFFFFFFFF)
        self.card.put(pm + 4, 0, 2)
        self.card.place()
        self.assert_was_reset()

    def test_a_reset_leaves_d3(self):
        pm = self.card.capability(1)
        for reset in (self.bus_reset, self.function_reset):
            self.resets = self.card.reg(abi.S4_REG_RESET_COUNT)
            self.card.put(pm + 4, 3, 2)
            reset()
            self.assertEqual(self.card.get(pm + 4, 2) & 3, 0)
            self.assert_was_reset()

    def test_a_reset_turns_error_reporting_off(self):
        exp = self.card.capability(0x10)
        for reset in (self.bus_reset, self.function_reset):
            self.card.put(exp + 8, 0xF, 2)
            self.assertEqual(self.card.get(exp + 8, 2) & 0xF, 0xF)
            reset()
            self.assertEqual(self.card.get(exp + 8, 2) & 0xF, 0)

    def test_there_is_no_d1_or_d2(self):
        pm = self.card.capability(1)
        for before in (0, 3):
            self.card.put(pm + 4, before, 2)
            for state in (1, 2):
                self.card.put(pm + 4, state, 2)
                self.assertEqual(self.card.get(pm + 4, 2) & 3, before)

    def test_machine_reset(self):
        self.machine.qmp("system_reset")
        self.machine.wait_event("RESET")
        self.machine.start_mmconfig()
        self.card.place()
        self.assert_was_reset()

    def test_stopping_and_continuing_the_machine_loses_nothing(self):
        self.machine.qmp("stop")
        self.machine.qmp("cont")
        self.card.set(abi.S4_REG_MBOX_REQUEST, abi.S4_MBOX_PING)
        self.card.set(abi.S4_REG_MBOX_SEND, 5)
        self.card.wait("the answer", lambda: self.card.reg(abi.S4_REG_MBOX_DONE) == 5)


class Faults(CardTest):
    def setUp(self):
        super().setUp()
        self.card.place()
        self.assert_running()

    def test_a_dropped_link_reads_all_ones_until_the_bus_reset(self):
        self.inject("x-fault-link-drop", 1)
        self.assertEqual(self.card.reg(abi.S4_REG_MAGIC), 0xFFFFFFFF)
        self.assertEqual(self.card.get(0), 0xFFFFFFFF)
        self.bus_reset()
        self.assertEqual(self.card.reg(abi.S4_REG_MAGIC), abi.S4_MAGIC)
        self.assert_running()

    def test_a_firmware_crash_is_reported(self):
        self.inject("x-fault-fw-crash", 1)
        self.card.wait("the crash", lambda: self.card.reg(abi.S4_REG_BOOT_STATUS) & 0xFF ==
                       abi.S4_BOOT_CRASHED)
        self.assertTrue(self.card.reg(abi.S4_REG_IRQ_STATUS) & abi.S4_IRQ_CRASH)
        self.assertEqual(self.card.reg(abi.S4_REG_MCU_STATE), abi.S4_MCU_CRASHED)

    def test_a_firmware_hang_is_bitten_by_the_watchdog(self):
        self.inject("x-fault-fw-hang", 1)
        self.card.wait("the watchdog", lambda: self.card.reg(abi.S4_REG_BOOT_STATUS) & 0xFF ==
                       abi.S4_BOOT_CRASHED)
        self.assertEqual(self.card.reg(abi.S4_REG_MCU_STATE), abi.S4_MCU_WATCHDOG)

    def test_debug_registers_do_nothing_unless_allowed(self):
        self.assertFalse(self.card.reg(abi.S4_REG_FEATURES) & abi.S4_FEATURE_FAULTS)
        self.card.set(abi.S4_REG_FAULT_TRIGGER, abi.S4_INJECT_LINK_DROP)
        self.assertEqual(self.card.reg(abi.S4_REG_MAGIC), abi.S4_MAGIC)

    def test_ecc_errors_reach_aer(self):
        aer = self.card.extended(1)
        self.card.put(aer + 0x14, 0)  # unmask correctable
        self.card.put(aer + 0x08, 0)  # unmask uncorrectable
        exp = self.card.capability(0x10)
        self.card.put(exp + 8, 0xF, 2)
        self.inject("x-fault-ecc-corrected", 1)
        self.card.wait("the correctable error", lambda: self.card.get(aer + 0x10) & 0x4000)


class Unplug(CardTest):
    cards = ("memory=1G,threads=1", "memory=1G,threads=1")

    def test_two_cards_have_serials_of_their_own_and_one_goes_without_the_other(self):
        other = Card(self.machine, 1)
        self.card.place()
        other.place()
        self.assert_running()
        self.assert_running(other)
        serials = [self.machine.read(c.regs + abi.S4_REG_SERIAL, 32) for c in (self.card, other)]
        self.assertNotEqual(*serials)
        self.machine.qmp("device_del", id="card0")
        exp = self.card.port.capability(0x10)
        control = self.card.port.get(exp + 24, 2)
        self.card.port.put(exp + 24, control | 0x0700, 2)  # power indicator off, power off
        self.machine.wait_event("DEVICE_DELETED")
        self.assertEqual(self.card.get(0), 0xFFFFFFFF)
        self.assertEqual(other.reg(abi.S4_REG_MAGIC), abi.S4_MAGIC)
        self.assertEqual(other.reg(abi.S4_REG_BOOT_STATUS) & 0xFF, abi.S4_BOOT_RUNNING)


class Fuzz(CardTest):
    cards = ("memory=1G,threads=2,x-fault-injection=on",)
    NAMED = sorted(value for name, value in abi.table().items() if name.startswith("S4_REG_"))

    def setUp(self):
        super().setUp()
        seed = int(os.environ.get("S4_TEST_SEED", random.randrange(1 << 32)))
        print(f"# seed {seed}: S4_TEST_SEED={seed} runs it again", flush=True)
        self.rng = random.Random(seed)

    def write_somewhere(self):
        where = self.rng.random()
        value = self.rng.choice((0, 1, 2, 0xFFFFFFFF, self.rng.getrandbits(32), self.rng.getrandbits(12),
                                 FW_AT, FIRMWARE.stat().st_size, abi.S4_RESET_KEY))
        if where < 0.3:
            self.card.set(self.rng.choice(self.NAMED), value)
        elif where < 0.75:
            self.card.set(self.rng.randrange(0, 0x3000, 4), value)
        elif where < 0.95:
            self.card.set(self.rng.randrange(0, abi.S4_BAR_REGS_SIZE, 4), value)
        else:
            self.card.put(self.rng.randrange(0x40, 0x200, 4), value)

    def reach_again(self):
        """Most of a run would reach nothing after the first reset, D3 or lost link."""
        if self.card.reg(abi.S4_REG_MAGIC) == abi.S4_MAGIC or self.rng.random() < 0.5:
            return
        pm = self.card.capability(1)
        if pm is None or self.rng.random() < 0.5:
            self.bus_reset()
        else:
            self.card.put(pm + 4, 0, 2)
            self.card.place()

    def test_random_register_and_configuration_writes_leave_a_card_that_resets(self):
        self.card.place()
        self.assert_running()
        for i in range(3000):
            self.write_somewhere()
            if i % 20 == 0:
                self.reach_again()
        self.bus_reset()
        self.card.wait("the reset", lambda: self.card.reg(abi.S4_REG_BOOT_STATUS) & 0xFF ==
                       abi.S4_BOOT_WAITING)
        self.assert_running()


class Refused(unittest.TestCase):
    def refuse(self, properties, *words):
        machine = Machine(properties)
        machine.process.wait(60)
        errors = machine.errors()
        self.assertEqual(machine.close(), 1)
        for word in words:
            self.assertIn(word, errors)

    def test_memory_must_be_whole_large_pages(self):
        self.refuse("memory=1048577", "memory")

    def test_an_aperture_larger_than_memory(self):
        self.refuse("memory=1G,aperture=2G", "aperture")

    def test_a_serial_that_is_too_long(self):
        self.refuse("memory=1G,serial=" + "x" * 40, "serial")


class Tap(unittest.TextTestResult):
    def _line(self, status, test, why=""):
        print(f"{status} qtest/{type(test).__name__}.{test._testMethodName}{why}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._line("ok", test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        print(self.failures[-1][1])
        self._line("not ok", test)

    def addError(self, test, err):
        super().addError(test, err)
        print(self.errors[-1][1])
        self._line("not ok", test)


if __name__ == "__main__":
    unittest.main(testRunner=unittest.TextTestRunner(stream=open(os.devnull, "w", encoding="ascii"),
                                                     resultclass=Tap), argv=sys.argv)
