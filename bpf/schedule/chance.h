/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_SCHEDULE_CHANCE_H
#define WEIR_SCHEDULE_CHANCE_H

#include "scan.h"

/*
 * The next of the numbers that a test expects: mulberry32, whose state is the lower word. The upper one is not zero, so that a
 * state of zero does not end it.
 */
static __always_inline __u32 chance_expected(struct weir_settings *settings)
{
	__u32 word = __sync_fetch_and_add(&settings->chance, 0x6d2b79f5) + 0x6d2b79f5;

	word = (word ^ word >> 15) * (word | 1);
	word ^= word + (word ^ word >> 7) * (word | 61);
	return word ^ word >> 14;
}

/* A whole number from 0 to `below` - 1; `below` is less than 2^48. */
static __always_inline __u64 chance(__u64 below)
{
	struct weir_settings *settings = weir_settings_get();
	__u64 word;

	/* The middle of what could be drawn. */
	if (EXPLAINS)
		return below / 2;
	word = settings && settings->chance ? chance_expected(settings) : bpf_get_prandom_u32();

	return (below >> 32) * word + ((below & 0xffffffff) * word >> 32);
}

#endif
