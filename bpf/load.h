/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How many connections a destination has, and whether that is too many. Twins: src/lvs/lifecycle.ts, src/lvs/threshold.ts. */
#ifndef WEIR_LOAD_H
#define WEIR_LOAD_H

#include "cell.h"
#include "maps.h"
#include "states.h"

static __always_inline void load_add(struct weir_load *load, __u32 state, int one)
{
	__sync_fetch_and_add(state_is_active(state) ? &load->active : &load->inactive, one);
}

/*
 * Overloaded at the upper threshold, and until there are fewer than the lower one, or than three quarters of the upper one where there
 * is none. Looked at when a connection comes or goes, and when the thresholds are edited (recorded: sched/threshold-*).
 */
static __always_inline void load_judge(struct weir_load *load, __u32 index)
{
	struct weir_destination *destination = bpf_map_lookup_elem(&destinations, &index);
	__u32 connections = load->active + load->inactive, upper, lower;

	if (!destination)
		return;
	upper = destination->upper_threshold;
	if (!upper && !load->overloaded)
		return;
	lower = destination->lower_threshold ? destination->lower_threshold : upper - upper / 4;
	if (upper && connections >= upper)
		load->overloaded = 1;
	else if (!upper || connections < lower)
		load->overloaded = 0;
}

static __always_inline void load_begin(__u32 index, __u32 state)
{
	struct weir_load *load = bpf_map_lookup_elem(&loads, &index);

	if (!load)
		return;
	load_add(load, state, 1);
	load_judge(load, index);
	cell_touch(index);
}

static __always_inline void load_end(__u32 index, __u32 state)
{
	struct weir_load *load = bpf_map_lookup_elem(&loads, &index);

	if (!load)
		return;
	load_add(load, state, -1);
	load_judge(load, index);
	cell_touch(index);
}

static __always_inline void load_move(__u32 index, __u32 from, __u32 to)
{
	struct weir_load *load;

	if (state_is_active(from) == state_is_active(to))
		return;
	load = bpf_map_lookup_elem(&loads, &index);
	if (!load)
		return;
	load_add(load, from, -1);
	load_add(load, to, 1);
	cell_touch(index);
}

#endif
