// SPDX-License-Identifier: MIT
// Prints through tohost in both ways, computes something, and leaves by the exit call.
typedef unsigned int uint32;
typedef unsigned long long uint64;

extern volatile uint64 tohost, fromhost;

static volatile uint64 block[8] __attribute__((aligned(64)));

static int call(uint32 number, uint32 a, uint32 b, uint32 c) {
  block[0] = number;
  block[1] = a;
  block[2] = b;
  block[3] = c;
  tohost = (uint32)block;
  while (fromhost == 0) {
  }
  fromhost = 0;
  return (int)block[0];
}

static void put(char byte) { tohost = 0x0101000000000000ull | (unsigned char)byte; }

static int is_prime(int n) {
  for (int i = 2; i * i <= n; ++i) {
    if (n % i == 0) {
      return 0;
    }
  }
  return 1;
}

int run(void) {
  static const char kHello[] = "hello from the MCU\n";
  static const char kNote[] = "a note on standard error\n";
  if (call(64, 1, (uint32)kHello, sizeof(kHello) - 1) != sizeof(kHello) - 1) {
    return 1;
  }
  if (call(64, 2, (uint32)kNote, sizeof(kNote) - 1) != sizeof(kNote) - 1) {
    return 2;
  }
  if (call(64, 3, (uint32)kNote, 1) != -9 || call(64, 1, 16, 1) != -14 ||
      call(64, 1, (uint32)kNote, 0xffffffff) != -14 || call(1, 0, 0, 0) != -38) {
    return 3;
  }
  int primes = 0;
  for (int n = 2; n < 1000; ++n) {
    primes += is_prime(n);
  }
  put('0' + primes / 100);
  put('0' + primes / 10 % 10);
  put('0' + primes % 10);
  put('\n');
  call(93, 17, 0, 0);
  return 4;
}

__asm__(
    ".section .tohost, \"aw\"\n"
    ".balign 64\n"
    ".globl tohost, fromhost\n"
    "tohost: .dword 0\n"
    ".balign 64\n"
    "fromhost: .dword 0\n"
    ".section .text.init, \"ax\"\n"
    ".globl _start\n"
    "_start:\n"
    "la sp, stack_top\n"
    "call run\n"
    "slli a0, a0, 1\n"
    "ori a0, a0, 1\n"
    "la t0, tohost\n"
    "sw a0, 0(t0)\n"
    "sw zero, 4(t0)\n"
    "1: j 1b\n"
    ".text\n");
