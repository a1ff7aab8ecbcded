/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_CLOCK_H
#define WEIR_CLOCK_H

#include "maps.h"

static __always_inline __u32 clock_ticks(const struct weir_settings *settings)
{
	return (bpf_ktime_get_coarse_ns() + settings->clock_ahead) >> WEIR_TICK_SHIFT;
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
