/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs notice of each real server. Part of abi.h. The twin is src/lvs/signals.ts, which says what each means. */
#ifndef WEIR_ABI_SIGNALS_H
#define WEIR_ABI_SIGNALS_H

#include <linux/types.h>

/* A unit of answer times: 2^14 ns. */
#define WEIR_ANSWER_SHIFT 14
#define WEIR_ANSWER_PLACES 16

/* What an ICMP error about a request says. */
enum weir_icmp_kind {
	WEIR_ICMP_UNREACHABLE = 0, /* host or network */
	WEIR_ICMP_PROHIBITED = 1,
	WEIR_ICMP_PROTOCOL = 2,
	WEIR_ICMP_PORT = 3,
	WEIR_ICMP_TOO_BIG = 4,
	WEIR_ICMP_TIME_EXCEEDED = 5,
	WEIR_ICMP_OTHER = 6,
	WEIR_ICMP_KINDS = 8,
};

/* Of a destination. */
struct weir_signals {
	__u64 attempts;
	__u64 completed;
	__u64 retransmissions;
	__u64 answered;
	__u64 refused;
	__u64 reset;
	__u64 waiting;                            /* attempts since the last completed one, and in the high half since the last answer */
	__u64 answer_time;                        /* units in all */
	__u32 answer_times[WEIR_ANSWER_PLACES];   /* 0: less than a unit, n: less than 2^n, the last: all that is longer */
	__u32 icmp[WEIR_ICMP_KINDS];
	__u64 requests;
	__u64 replied;
};

#endif
