# SPDX-License-Identifier: MIT
# Reads and writes of the control and status registers: forms, fields, absent ones.
#include "test.inc"
main:
  // The six forms.
  li a0, 0x0f0f1234
  csrw mscratch, a0
  li a1, 0xf0
  csrrw a2, mscratch, a1
  check a2, 0x0f0f1234
  csrr a2, mscratch
  check a2, 0xf0
  li a1, 0x0f
  csrrs a2, mscratch, a1
  check a2, 0xf0
  li a1, 0x81
  csrrc a2, mscratch, a1
  check a2, 0xff
  csrrwi a2, mscratch, 31
  check a2, 0x7e
  csrrsi a2, mscratch, 0
  check a2, 31
  csrrci a2, mscratch, 5
  check a2, 31
  csrrsi a2, mscratch, 4
  check a2, 26
  csrr a2, mscratch
  check a2, 30
  csrrw a2, mscratch, a2           // swaps with itself
  check a2, 30
  csrrw x0, mscratch, x0
  csrr a2, mscratch
  check a2, 0
  csrrc a2, mscratch, a2
  check a2, 0

  // mstatus: MIE and MPIE can be written, MPP is M, the rest 0.
  li a0, 0xfffffff7
  csrw mstatus, a0
  csrr a0, mstatus
  check a0, 0x1880
  csrw mstatus, zero
  csrr a0, mstatus
  check a0, 0x1800
  csrsi mstatus, 8
  csrr a0, mstatus
  check a0, 0x1808
  csrci mstatus, 8

  // misa: RV32IMC, and it stays so.
  li a0, 0
  csrw misa, a0
  csrr a0, misa
  check a0, 0x40001104

  // mie has three bits, mip shows the lines alone.
  li a0, -1
  csrw mstatus, zero
  csrw mie, a0
  csrr a0, mie
  check a0, 0x888
  csrw mie, zero
  li a0, -1
  csrw mip, a0
  csrr a0, mip
  check a0, 0

  // mtvec: bit 1 is 0.
  li a0, 0xffffffff
  csrrw a1, mtvec, a0
  csrrw a0, mtvec, a1
  check a0, 0xfffffffd
  csrr a0, mtvec
  check_address a0, trap_handler

  // mepc: bit 0 is 0. mcause, mtval and mscratch keep all.
  li a0, -1
  csrw mepc, a0
  csrr a1, mepc
  check a1, 0xfffffffe
  csrw mcause, a0
  csrr a1, mcause
  check a1, -1
  csrw mtval, a0
  csrr a1, mtval
  check a1, -1

  // Read-only zeros with numbers that may be written.
  li a0, -1
  csrw 0x310, a0                   // mstatush
  csrr a1, 0x310
  check a1, 0
  csrw mhpmcounter3, a0
  csrr a1, mhpmcounter3
  check a1, 0
  csrw 0xb9f, a0                   // mhpmcounter31h
  csrr a1, 0xb9f
  check a1, 0
  csrw 0x33f, a0                   // mhpmevent31
  csrr a1, 0x33f
  check a1, 0
  csrw mcountinhibit, a0
  csrr a1, mcountinhibit
  check a1, 5
  csrw mcountinhibit, zero

  // Identity; a write to it is illegal, a set of no bits is not a write.
  csrr a0, mhartid
  check a0, 0
  csrr a0, mvendorid
  check a0, 0
  csrr a0, marchid
  check a0, 0
  csrr a0, mimpid
  check a0, 0
  csrr a0, 0xf15
  check a0, 0
  li a2, 0x77
  expect_trap 2, 0xf1401673, csrrw a2, mhartid, x0
  expect_trap 2, 0xf1462673, csrrs a2, mhartid, a2
  expect_trap 2, 0xf140e073, csrrsi x0, mhartid, 1
  expect_trap 2, 0xf1467073, csrrci x0, mhartid, 12
  check a2, 0x77
  csrrs a2, mhartid, x0
  check a2, 0
  csrrci a2, mhartid, 0
  check a2, 0

  // A register that does not exist is illegal to read and to write.
  li a2, 0x77
  expect_trap 2, 0x00002673, csrr a2, 0x000
  expect_trap 2, 0x10002673, csrr a2, sstatus
  expect_trap 2, 0x18002673, csrr a2, satp
  expect_trap 2, 0x30202673, csrr a2, medeleg
  expect_trap 2, 0x30302673, csrr a2, mideleg
  expect_trap 2, 0x30602673, csrr a2, mcounteren
  expect_trap 2, 0x30a02673, csrr a2, 0x30a
  expect_trap 2, 0x3a002673, csrr a2, pmpcfg0
  expect_trap 2, 0x3b001073, csrw pmpaddr0, x0
  expect_trap 2, 0x7a002673, csrr a2, 0x7a0
  expect_trap 2, 0xb0102673, csrr a2, 0xb01
  expect_trap 2, 0xb2002673, csrr a2, 0xb20
  expect_trap 2, 0xc0002673, csrr a2, cycle
  expect_trap 2, 0xc0102673, csrr a2, time
  expect_trap 2, 0xc0202673, csrr a2, instret
  expect_trap 2, 0xf1002673, csrr a2, 0xf10
  expect_trap 2, 0xfff02673, csrr a2, 0xfff
  check a2, 0x77
  j pass
