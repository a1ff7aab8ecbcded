/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Frames for `weir capture`: what XDP forwards passes no packet socket, so where somebody captures, the programs themselves show each
 * frame as it comes in and as it is sent. Else it costs one look at a number.
 */
#ifndef WEIR_TAP_H
#define WEIR_TAP_H

#include "../context.h"

#if defined(WEIR_XDP)

/* The frame follows the record. Global, so that it is verified once. */
__noinline int tap_show(struct weir_context *ctx, __u32 interface)
{
	struct weir_tap tap = {
		.time = bpf_ktime_get_ns(),
		.interface = interface,
		.length = context_length(ctx),
	};
	__u64 kept = tap.length < WEIR_TAP_BYTES ? tap.length : WEIR_TAP_BYTES;

	return bpf_perf_event_output(ctx, &taps, BPF_F_CURRENT_CPU | kept << 32, &tap, sizeof(tap));
}

static __always_inline void tap(struct weir_context *ctx, __u32 interface)
{
	if (tapping)
		tap_show(ctx, interface);
}

#endif

#endif
