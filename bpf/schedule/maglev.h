/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Weir's own: consistent hashing by client that always finds a usable destination. The table is src/lvs/schedulers/maglev.ts's,
 * which is the twin.
 */
#ifndef WEIR_SCHEDULE_MAGLEV_H
#define WEIR_SCHEDULE_MAGLEV_H

#include "hash.h"

#define MAGLEV_SIZE 65521
#define MAGLEV_KEY 0x165667b19e3779f9ull
/* Attempts before a client gets the first usable destination of the list. */
#define MAGLEV_ATTEMPTS 4096

struct maglev_walk {
	struct table_search search;
	__u32 client;
};

__noinline int maglev_turn(struct maglev_walk *walk, __u32 attempt)
{
	return walk ? table_try(&walk->search, hsiphash_32(walk->client + attempt, MAGLEV_KEY) % MAGLEV_SIZE) : 1;
}

static long maglev_step(__u32 attempt, struct maglev_walk *walk)
{
	return maglev_turn(walk, attempt) & 1;
}

static __always_inline int schedule_maglev(const struct weir_service *service, const struct schedule_flow *flow, __u32 *index)
{
	struct maglev_walk walk = { .search.table = table_of(service) };
	struct scan scan = { .first = service->slots, .count = service->count, .at_least = 1 };

	if (!scan_run(&scan, service->count))
		return -1;
	walk.client = hsiphash_32(fold_address(flow->source), MAGLEV_KEY);
	if (service->scheduler_flags & WEIR_SCHEDULER_FLAG_2)
		walk.client += (__u32)bpf_ntohs(flow->source_port) << 16;
	if (!maglev_turn(&walk, 0))
		bpf_loop(MAGLEV_ATTEMPTS, maglev_step, &walk, 0);
	*index = walk.search.found ? walk.search.index : scan.index;
	return 0;
}

#endif
