/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How many connections a destination has, and whether that is too many. Twins: src/lvs/lifecycle.ts, src/lvs/threshold.ts. */
#ifndef WEIR_LOAD_H
#define WEIR_LOAD_H

#include "../maps.h"
#include "../schedule/cell.h"
#include "states.h"
#include "threshold.h"

static __always_inline void load_add(struct weir_load *load, __u32 state, int one)
{
	__sync_fetch_and_add(state_is_active(state) ? &load->active : &load->inactive, one);
}

/* True if the destination is overloaded and was not, or the other way round. @passing: connections that come and are over at once. */
static __always_inline int load_judge(struct weir_load *load, __u32 index, __u32 passing)
{
	struct weir_destination *destination = bpf_map_lookup_elem(&destinations, &index);
	__u32 connections = load->active + load->inactive, overloaded = load->overloaded;

	if (!destination || (!destination->upper_threshold && !overloaded))
		return 0;
	if (passing)
		overloaded = threshold_judge(destination, connections + passing, overloaded);
	overloaded = threshold_judge(destination, connections, overloaded);
	if (overloaded == load->overloaded)
		return 0;
	load->overloaded = overloaded;
	return 1;
}

static __always_inline void load_begin(__u32 index, __u32 state)
{
	struct weir_load *load = bpf_map_lookup_elem(&loads, &index);

	if (EXPLAINS || !load)
		return;
	load_add(load, state, 1);
	load_judge(load, index, 0);
	cell_touch(index);
}

static __always_inline void load_end(__u32 index, __u32 state)
{
	struct weir_load *load = bpf_map_lookup_elem(&loads, &index);

	if (EXPLAINS) {
		explain_end(index, state_is_active(state));
		return;
	}
	if (!load)
		return;
	load_add(load, state, -1);
	load_judge(load, index, 0);
	cell_touch(index);
}

/* A connection of one packet may be the one that is too many, which stays so when it is over (recorded: wire/once-overloads). */
static __always_inline void load_once(__u32 index)
{
	struct weir_load *load = bpf_map_lookup_elem(&loads, &index);

	if (!EXPLAINS && load && load_judge(load, index, 1))
		cell_touch(index);
}

static __always_inline void load_move(__u32 index, __u32 from, __u32 to)
{
	struct weir_load *load;

	if (EXPLAINS || state_is_active(from) == state_is_active(to))
		return;
	load = bpf_map_lookup_elem(&loads, &index);
	if (!load)
		return;
	load_add(load, from, -1);
	load_add(load, to, 1);
	cell_touch(index);
}

/* With expire_nodest_conn the connections of a deleted destination end with it, and their templates. */
static __always_inline int is_of_deleted(const struct weir_settings *settings, __u32 index)
{
	struct weir_destination *destination;

	if (!settings->expire_nodest_conn)
		return 0;
	destination = bpf_map_lookup_elem(&destinations, &index);
	return destination && !(destination->flags & WEIR_DESTINATION_AVAILABLE);
}

#endif
