/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Cells: what is remembered of parts of long lists, see struct weir_cell. */
#ifndef WEIR_CELL_H
#define WEIR_CELL_H

#include "../maps.h"

/* The cell of a slot. Cell 0 belongs to nobody. */
static __always_inline struct weir_cell *cell_of(__u32 slot)
{
	__u32 index = slot / WEIR_CELL_SLOTS + 1;

	return bpf_map_lookup_elem(&cells, &index);
}

/* Whoever changes the load of a destination says so afterwards: what was the best of its cell may not be any more. */
static __always_inline void cell_touch(__u32 index)
{
	struct weir_destination *destination = bpf_map_lookup_elem(&destinations, &index);
	struct weir_cell *cell;
	__u32 number;

	if (!destination || !destination->cell)
		return;
	number = destination->cell;
	cell = bpf_map_lookup_elem(&cells, &number);
	if (cell)
		__sync_fetch_and_add(&cell->changes, 1);
}

#endif
