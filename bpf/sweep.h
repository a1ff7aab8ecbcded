/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sweeper: run by the daemon, a shard at a time. It ends what is over, removes reply entries that lost their connection, and
 * counts the load anew; user space compares a round's recount with the live counters and mends what drifted.
 */
#ifndef WEIR_SWEEP_H
#define WEIR_SWEEP_H

#include "connection.h"

struct bpf_map;

struct sweep_run {
	__u32 now;
	__u32 requests;
	__u32 replies;
	__u32 expired;
	__u32 orphans;
};

static __always_inline void recount(const struct weir_connection *request)
{
	__u32 index = request->destination;
	struct weir_load *load = bpf_map_lookup_elem(&recounts, &index);

	if (!load)
		return;
	if (state_is_active(request->state))
		load->active++;
	else
		load->inactive++;
}

static long sweep_entry(struct bpf_map *shard, const struct weir_flow *key, struct weir_connection *entry,
			struct sweep_run *run)
{
	struct weir_settings *settings = weir_settings_get();
	struct weir_flow flow = *key;
	__u32 state = entry->state;

	(void)shard;
	if (!settings)
		return 1;
	if (entry->role == WEIR_ROLE_REPLY) {
		if (connection_other(settings, &flow, entry)) {
			run->replies++;
		} else if (entry_is_over(entry, run->now)) {
			connection_erase(settings, &flow);
			run->orphans++;
		}
		return 0;
	}
	if (state >= WEIR_STATES) {
		/* Whoever ends a connection erases it at once. What is left long after has been ended in another's place. */
		if (entry_idle(entry, run->now) > entry->timeout + WEIR_CLOCK_SLACK)
			connection_erase(settings, &flow);
		return 0;
	}
	if (connection_is_over(settings, &flow, entry, run->now)) {
		run->expired += connection_end(settings, &flow, entry, state);
		return 0;
	}
	run->requests++;
	recount(entry);
	return 0;
}

SEC("syscall")
int weir_sweep(struct weir_sweep *sweep)
{
	struct weir_settings *settings = weir_settings_get();
	struct sweep_run run = {};
	__u32 shard = sweep->shard;
	void *entries;

	if (!settings)
		return -1;
	run.now = (bpf_ktime_get_ns() + settings->clock_ahead) >> WEIR_TICK_SHIFT;
	entries = bpf_map_lookup_elem(&weir_connections, &shard);
	if (!entries)
		return -1;
	bpf_for_each_map_elem(entries, sweep_entry, &run, 0);
	sweep->now = run.now;
	sweep->requests = run.requests;
	sweep->replies = run.replies;
	sweep->expired = run.expired;
	sweep->orphans = run.orphans;
	return 0;
}

#endif
