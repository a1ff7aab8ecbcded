/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Source hashing: 256 buckets, to each destination as many in a row as its weight. With the fallback flag a client of a destination
 * that is not usable is hashed again, with another offset each time. Twin: src/lvs/schedulers/sh.ts.
 */
#ifndef WEIR_SCHEDULE_SH_H
#define WEIR_SCHEDULE_SH_H

#include "hash.h"

#define SH_BITS 8
#define SH_SIZE (1 << SH_BITS)

struct sh_walk {
	struct table table;
	__u32 hash;
	__u32 offset;     /* where the walk begins: the bucket that the client has without one */
	__u32 found;
	__u32 index;
};

__noinline int sh_turn(struct sh_walk *walk, __u32 step)
{
	struct candidate one;

	if (!walk || table_candidate(&walk->table, (walk->offset + step + walk->hash) % SH_SIZE, &one))
		return 1;
	walk->found = is_usable(&one);
	walk->index = one.index;
	return walk->found;
}

static long sh_step(__u32 step, struct sh_walk *walk)
{
	return sh_turn(walk, step) & 1;
}

static __always_inline int schedule_sh(const struct weir_service *service, const struct schedule_flow *flow, __u32 *index)
{
	struct sh_walk walk = { .table = table_of(service) };

	walk.hash = hash_32(fold_client(service, flow), SH_BITS);
	if (!sh_turn(&walk, 0) && service->scheduler_flags & WEIR_SCHEDULER_FLAG_1) {
		walk.offset = walk.hash;
		bpf_loop(SH_SIZE, sh_step, &walk, 0);
	}
	*index = walk.index;
	return walk.found ? 0 : -1;
}

#endif
