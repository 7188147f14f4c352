/* SPDX-License-Identifier: MIT */
/* Start and end of a bare test program for s4-mcu: main's result is the exit status. */
	.option arch, +zicsr

	.section .tohost, "aw"
	.balign 64
	.globl tohost, fromhost
tohost:	.dword 0
	.balign 64
fromhost: .dword 0

	.section .text.start, "ax"
	.globl _start
_start:
	.option push
	.option norelax
	la	gp, __global_pointer$
	.option pop
	la	sp, test_stack_top
	la	t0, s4_fw_trap_entry
	csrw	mtvec, t0
	call	main
	.globl test_exit
test_exit:
	slli	a0, a0, 1
	ori	a0, a0, 1
	la	t0, tohost
	sw	a0, 0(t0)
	sw	zero, 4(t0)
1:	j	1b
