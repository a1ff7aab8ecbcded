/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The programs that packets are handed over to, and the frames that a capture is shown. Part of abi.h. */
#ifndef WEIR_ABI_PROGRAM_H
#define WEIR_ABI_PROGRAM_H

#include <linux/types.h>
#include "size.h"

/* Slots of the program arrays (tc_programs, xdp_programs): what the attached program hands a packet over to. */
enum weir_program {
	WEIR_PROGRAM_IPV6 = 0,
	WEIR_PROGRAM_NEW = 1,
	WEIR_PROGRAM_NEW6 = 2,
	/* TC only: what is rare, which XDP leaves to it */
	WEIR_PROGRAM_TELL = 3,
	WEIR_PROGRAM_TELL6 = 4,
	WEIR_PROGRAM_CUT = 5,
	WEIR_PROGRAM_CUT6 = 6,
	WEIR_PROGRAM_ICMP = 7,
	WEIR_PROGRAM_ICMP6 = 8,
	WEIR_PROGRAM_REASSEMBLE = 9,
	WEIR_PROGRAM_REASSEMBLE6 = 10,
	WEIR_PROGRAM_AGAIN = 11,
	WEIR_PROGRAM_AGAIN6 = 12,
	WEIR_PROGRAM_TUNNEL_ERROR = 15,
	WEIR_PROGRAM_OPTIONS = 16,
	WEIR_PROGRAM_OPTIONS6 = 32,
	WEIR_PROGRAM_CALL = 21,
	WEIR_PROGRAM_CALL6 = 22,
	/* TC only: packets that begin or end at the director itself; see own.h */
	WEIR_PROGRAM_IPV4 = 23,
	WEIR_PROGRAM_OWN = 24,
	WEIR_PROGRAM_OWN6 = 25,
	WEIR_PROGRAM_OUT = 26,
	WEIR_PROGRAM_OUT6 = 27,
	/* TC only: past the real servers */
	WEIR_PROGRAM_BYPASS = 28,
	WEIR_PROGRAM_BYPASS6 = 29,
	/* TC only: AH and ESP */
	WEIR_PROGRAM_FOLLOW = 30,
	WEIR_PROGRAM_FOLLOW6 = 31,
	/* either hook */
	WEIR_PROGRAM_SEAL = 13,
	WEIR_PROGRAM_SEAL6 = 14,
	WEIR_PROGRAM_SOURCE = 17,
	WEIR_PROGRAM_SOURCE6 = 18,
	WEIR_PROGRAM_FULL_NAT = 19,
	WEIR_PROGRAM_FULL_NAT6 = 20,
	WEIR_PROGRAMS = 48,
};

/* A frame for `weir capture`, which follows this record up to WEIR_TAP_BYTES. */
struct weir_tap {
	__u64 time;       /* ns, CLOCK_MONOTONIC */
	__u32 interface;  /* index of the one it comes in by, or leaves by */
	__u32 length;     /* of the whole frame */
};

#endif
