// SPDX-License-Identifier: MIT
// A firmware for tests: does what the mailbox asks for, so that a test can reach the MCU's world.
// The requests are those of monitor.hpp. It never feeds the watchdog unless asked to.
.equ MBOX, 0x40003000
.equ INTC, 0x40001000
.equ SYS, 0x40000000
.equ INTC_MAILBOX, 2

        .option norvc
        .option arch, +zicsr
        .section .text
        .globl  _start
_start: j       begin
mode:   .word   0               // patched by the test: enum Mode of monitor.hpp

begin:  lw      t0, mode
        li      t1, 1
        beq     t0, t1, crash_early
        li      t1, 2
        beq     t0, t1, hang_early
        la      t0, trap
        csrw    mtvec, t0
        lw      t0, mode
        li      t1, 3
        beq     t0, t1, sleep_early
        li      s0, MBOX
        li      s1, INTC
        li      s2, SYS
        li      t0, INTC_MAILBOX
        sw      t0, 4(s1)
        li      t0, 1 << 11     // mie.MEIE: wakes WFI; mstatus.MIE stays clear
        csrw    mie, t0
        li      t0, 0x01020003
        sw      t0, 0(s2)       // READY

wait:   wfi
        lw      t0, 0(s1)
        andi    t0, t0, INTC_MAILBOX
        beqz    t0, wait
        li      s10, 0          // trap cause + 1
        li      s11, 0          // result
        lw      a1, 0x44(s0)
        lw      a2, 0x48(s0)
        lw      a3, 0x4c(s0)
        lw      t0, 0x40(s0)
        li      t1, 1
        beq     t0, t1, peek
        li      t1, 2
        beq     t0, t1, poke
        li      t1, 3
        beq     t0, t1, write
        li      t1, 4
        beq     t0, t1, peek_byte
        li      t1, 5
        beq     t0, t1, poke_byte
        li      t1, 6
        beq     t0, t1, crash
        li      t1, 7
        beq     t0, t1, hang
        li      t1, 8
        beq     t0, t1, spin
        li      t1, 9
        beq     t0, t1, run_timer
        li      t1, 10
        beq     t0, t1, no_handler
        li      s10, -1
        j       reply

no_handler:
        csrw    mtvec, zero     // address 0 is no memory
        j       reply

peek:   lw      s11, 0(a1)
        j       reply
poke:   sw      a2, 0(a1)
        j       reply
peek_byte:
        lbu     s11, 0(a1)
        j       reply
poke_byte:
        sb      a2, 0(a1)
        j       reply

write:  addi    a4, s0, 0x4c    // a2 words from argument 3 on
1:      beqz    a2, reply
        lw      t0, 0(a4)
        sw      t0, 0(a1)
        addi    a4, a4, 4
        addi    a1, a1, 4
        addi    a2, a2, -1
        j       1b

crash:  csrw    mtvec, zero
        ebreak
crash_early:
        ebreak
hang:
hang_early:
        j       hang_early
sleep_early:
        wfi
        j       sleep_early

spin:   addi    a1, a1, -1      // a1 rounds of two instructions
        bnez    a1, spin
        j       reply

run_timer:                      // sleeps until the timer, a1 microseconds from now
        li      t0, 0x0200bff8
        lw      t1, 0(t0)
        add     t1, t1, a1
        li      t2, 0x02004000
        sw      t1, 0(t2)
        sw      zero, 4(t2)
        li      t0, 1 << 7      // mie.MTIE only
        csrw    mie, t0
        wfi
        csrr    s11, mip
        li      t1, -1
        sw      t1, 0(t2)
        sw      t1, 4(t2)
        li      t0, 1 << 11
        csrw    mie, t0
        j       reply

reply:  sw      s10, 0x80(s0)
        sw      s11, 0x84(s0)
        lw      t0, 0(s0)
        sw      t0, 4(s0)       // REPLY
        j       wait

        .align  2
trap:   csrr    s10, mcause
        addi    s10, s10, 1
        csrr    t6, mepc
        addi    t6, t6, 4
        csrw    mepc, t6
        mret
