/* SPDX-License-Identifier: MIT */
/* First instructions after the boot ROM: registers, .bss, trap vector. */
	.option arch, +zicsr
	.section .text.start, "ax"
	.globl s4_fw_start
s4_fw_start:
	.option push
	.option norelax
	la	gp, __global_pointer$
	.option pop
	la	sp, s4_fw_stack_top
	la	t0, s4_fw_trap_entry
	csrw	mtvec, t0
	la	t0, s4_fw_bss_begin
	la	t1, s4_fw_bss_end
1:	bgeu	t0, t1, 2f
	sw	zero, 0(t0)
	addi	t0, t0, 4
	j	1b
	/* Interrupts only end WFI; mstatus.MIE stays 0 (main.cpp). External and timer. */
2:	li	t0, (1 << 11) | (1 << 7)
	csrw	mie, t0
	call	s4_fw_main
	/* It does not return. */
	ebreak
