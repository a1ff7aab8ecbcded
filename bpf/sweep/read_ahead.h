/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Entries of a shard lie side by side in memory, but its buckets lead from one to the next in any order, and most steps wait for memory. To
 * read the memory through from its beginning, which the processor does ahead of the program, takes a tenth of that time; then the steps
 * find it in the cache. Where it lies a round tells the next one, by the addresses of the entries that it met. Nothing is done with what
 * is read, and where nothing is any more the helper reads nothing.
 */
#ifndef WEIR_SWEEP_READ_AHEAD_H
#define WEIR_SWEEP_READ_AHEAD_H

#include "abi/task.h"
#include "maps.h"

/* 0 where the kernel is locked down for confidentiality: it refuses programs that read its memory, if only where they are never run. */
const volatile __u32 reads_memory SEC(".rodata.reads_memory") = 1;

/* Bytes that are read at a time, and the most that a shard has. */
#define PIECE 4096
#define MOST_PIECES 4096

/* With fewer entries, reading costs more than it saves: bytes of memory for each. */
#define SPARSE 512

/* Addresses of the first and the last entry of the shard at hand. Not on the stack, where an address is a pointer, which nobody may divide. */
static __u64 lowest, highest;

static __always_inline void extent_begin(void)
{
	lowest = ~0ULL;
	highest = 0;
}

static __always_inline void extent_widen(const void *entry)
{
	__u64 place = (__u64)entry;

	if (place < lowest)
		lowest = place;
	if (place > highest)
		highest = place;
}

/* For the next round, which reads nothing ahead where the entries are few. */
static __always_inline void extent_tell(__u32 entries, struct weir_sweep *sweep)
{
	__u64 low = lowest, high = highest;
	int is_worth_it = low < high && (high - low) / SPARSE < entries;

	sweep->low = is_worth_it ? low : 0;
	sweep->high = is_worth_it ? high : 0;
}

/* Nobody looks at it: that two sweeps write into it at once does no harm. */
static char piece[PIECE];

static long read_piece(__u32 i, const __u64 *low)
{
	bpf_probe_read_kernel(piece, PIECE, (const void *)(*low + (__u64)i * PIECE));
	return 0;
}

static __always_inline void read_ahead(__u64 low, __u64 high)
{
	__u64 pieces;

	if (!reads_memory || low >= high)
		return;
	pieces = (high - low) / PIECE + 1;
	bpf_loop(pieces < MOST_PIECES ? pieces : MOST_PIECES, read_piece, &low, 0);
}

#endif
