/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* When a destination has too many connections. Twin: src/lvs/threshold.ts. */
#ifndef WEIR_THRESHOLD_H
#define WEIR_THRESHOLD_H

#include "../abi.h"

/*
 * Overloaded at the upper threshold, and until there are fewer than the lower one, or than three quarters of the upper one where there
 * is none. Looked at when a connection comes or goes, and when the thresholds are edited (recorded: sched/threshold-*).
 */
static __always_inline __u32 threshold_judge(const struct weir_destination *destination, __u32 connections, __u32 overloaded)
{
	__u32 upper = destination->upper_threshold;
	__u32 lower = destination->lower_threshold ? destination->lower_threshold : upper - upper / 4;

	if (upper && connections >= upper)
		return 1;
	return upper && connections >= lower ? overloaded : 0;
}

#endif
