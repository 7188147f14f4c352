/* SPDX-License-Identifier: MIT */
/* Every trap ends here: report, then stop. docs/firmware.md, "Crashes". */
	.option arch, +zicsr
	.section .text
	.globl s4_fw_trap_entry
	.balign 4
s4_fw_trap_entry:
	csrw	mscratch, sp
	/* The trap may be a stack overflow: use another stack. */
	la	sp, s4_fw_crash_stack_top
	/* Reporting may trap again (a broken device, say): then what is known goes out bare. */
	la	a0, s4_fw_trap_again
	csrw	mtvec, a0
	csrr	a0, mcause
	csrr	a1, mepc
	csrr	a2, mtval
	la	t0, s4_fw_crash_record
	sw	a0, 0(t0)
	sw	a1, 4(t0)
	sw	a2, 8(t0)
	mv	a3, ra
	csrr	a4, mscratch
	call	s4_fw_trap

	.balign 4
s4_fw_trap_again:
	la	t0, s4_fw_crash_record
	lw	a0, 0(t0)
	lw	a1, 4(t0)
	lw	a2, 8(t0)
	/* fall through */

/* void s4_fw_stop(uint32_t cause, uint32_t pc, uint32_t tval): the system block's crash report. */
	.globl s4_fw_stop
s4_fw_stop:
	li	t0, 0x40000000		/* S4_MCU_SYS */
	sw	a1, 0x0c(t0)		/* S4_SYS_CRASH_PC */
	sw	a2, 0x10(t0)		/* S4_SYS_CRASH_TVAL */
	sw	a0, 0x08(t0)		/* S4_SYS_CRASH */
1:	wfi
	j	1b

	.section .bss
	.balign 4
s4_fw_crash_record:
	.space	12
