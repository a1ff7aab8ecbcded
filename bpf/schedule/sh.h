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
	struct table_search search;
	__u32 hash;
	__u32 offset;     /* where the walk begins: the bucket that the client has without one */
};

__noinline int sh_turn(struct sh_walk *walk, __u32 step)
{
	return walk ? table_try(&walk->search, (walk->offset + step + walk->hash) % SH_SIZE) : 1;
}

static long sh_step(__u32 step, struct sh_walk *walk)
{
	return sh_turn(walk, step) & 1;
}

static __always_inline int schedule_sh(const struct weir_service *service, const struct schedule_flow *flow, __u32 *index)
{
	struct sh_walk walk = { .search.table = table_of(service) };

	walk.hash = hash_32(fold_client(service, flow), SH_BITS);
	if (!sh_turn(&walk, 0) && service->scheduler_flags & WEIR_SCHEDULER_FLAG_1) {
		walk.offset = walk.hash;
		bpf_loop(SH_SIZE, sh_step, &walk, 0);
	}
	*index = walk.search.index;
	return walk.search.found ? 0 : -1;
}

#endif
