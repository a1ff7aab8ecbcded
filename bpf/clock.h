/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_CLOCK_H
#define WEIR_CLOCK_H

#include "maps.h"

/* What the kernel's coarse clock said, and the count of its timer's interrupts then. */
struct clock {
	__u64 jiffies;
	__u64 now; /* ns */
};

/* Each processor's own, so that no other one writes between the two. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct clock);
} clocks SEC(".maps");

/*
 * The coarse clock moves when jiffies does. To ask it is a call of two functions, which where each return is guarded against speculation costs
 * as much as a lookup of a connection; the verifier makes of jiffies a load, and of this lookup a few instructions (Linux 6.10 and later).
 */
static __always_inline __u64 clock_now(void)
{
	__u32 first = 0;
	struct clock *clock = bpf_map_lookup_elem(&clocks, &first);
	__u64 jiffies = bpf_jiffies64();

	if (!clock)
		return bpf_ktime_get_coarse_ns();
	if (clock->jiffies != jiffies) {
		clock->now = bpf_ktime_get_coarse_ns();
		clock->jiffies = jiffies;
	}
	return clock->now;
}

static __always_inline __u32 clock_ticks(const struct weir_settings *settings)
{
	return (clock_now() + settings->clock_ahead) >> WEIR_TICK_SHIFT;
}

/*
 * Ticks from `then` to `now`. Timeouts go to 31 days, further than a signed difference reaches; but a packet on another processor, or a
 * sweep, may have read the clock a little later than this one, which is no time at all.
 */
static __always_inline __u32 ticks_since(__u32 then, __u32 now)
{
	__u32 idle = now - then;

	return idle < -WEIR_CLOCK_SLACK ? idle : 0;
}

#endif
