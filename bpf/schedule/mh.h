/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maglev hashing as the kernel has it; the table is src/lvs/schedulers/mh.ts's, which is the twin. With the fallback flag a client
 * of a destination that is not usable is hashed again, with another offset each time.
 */
#ifndef WEIR_SCHEDULE_MH_H
#define WEIR_SCHEDULE_MH_H

#include "hash.h"

#define MH_SIZE 4093
#define MH_KEY 2654435761ull

struct mh_walk {
	struct table_search search;
	__u32 client;
	__u32 offset;     /* where the walk begins: the entry that the client has without one */
};

__noinline int mh_turn(struct mh_walk *walk, __u32 step)
{
	__u32 offset;

	if (!walk)
		return 1;
	offset = (walk->offset + step) % MH_SIZE;
	return table_try(&walk->search, hsiphash_32(offset + walk->client, MH_KEY) % MH_SIZE);
}

static long mh_step(__u32 step, struct mh_walk *walk)
{
	return mh_turn(walk, step) & 1;
}

static __always_inline int schedule_mh(const struct weir_service *service, const struct schedule_flow *flow, __u32 *index)
{
	struct mh_walk walk = { .search.table = table_of(service), .client = fold_client(service, flow) };

	if (!mh_turn(&walk, 0) && service->scheduler_flags & WEIR_SCHEDULER_FLAG_1) {
		walk.offset = hsiphash_32(walk.client, MH_KEY) % MH_SIZE;
		bpf_loop(MH_SIZE, mh_step, &walk, 0);
	}
	*index = walk.search.index;
	return walk.search.found ? 0 : -1;
}

#endif
