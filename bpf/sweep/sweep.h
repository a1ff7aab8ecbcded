/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sweeper: run by the daemon, a shard at a time. It ends what is over, removes reply entries that lost their connection, and
 * counts the load anew; user space compares a round's recount with the live counters and mends what drifted.
 */
#ifndef WEIR_SWEEP_H
#define WEIR_SWEEP_H

#define WEIR_SWEEP
#include "connection/connection.h"
#include "sweep/defence.h"
#include "sweep/read_ahead.h"

struct bpf_map;

/* Ends a connection and, if that was its last, its template: one that is assured only if the connection was not evicted. */
static __always_inline void end_with_template(const struct weir_settings *settings, const struct weir_flow *flow,
					      struct weir_connection *entry, __u32 state, __u32 now, __u32 kind)
{
	__u32 serial = entry->template;
	struct weir_template *template;

	if (!connection_end(settings, flow, entry, state, now, kind) || !serial)
		return;
	template = template_at(serial);
	if (template && (__s32)template->controlled <= 0 && (kind != WEIR_EVENT_EVICTED || !(template->flags & WEIR_TEMPLATE_ASSURED)))
		template_end(template, serial, WEIR_EVENT_CLOSED);
}

/* The coarse clock is not for programs of this type. */
static __always_inline __u32 sweep_ticks(const struct weir_settings *settings)
{
	return (bpf_ktime_get_ns() + settings->clock_ahead) >> WEIR_TICK_SHIFT;
}

struct sweep_run {
	__u32 now;
	__u32 defend;
	__u32 picks;    /* connections end that are not over: those of deleted destinations, or some that drop_entry takes */
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

/*
 * True for a connection that goes on; what does not is ended, and a reply entry counted. Not inlined: most connections are neither over nor to
 * be ended, and those are done sooner without it.
 */
static __noinline int sweep_apart(const struct weir_flow *key, struct weir_connection *entry, struct sweep_run *run)
{
	struct weir_settings *settings = weir_settings_get();
	struct weir_flow flow = *key;
	__u32 state = entry->state;

	if (entry->role == WEIR_ROLE_REPLY) {
		if (connection_other(settings, &flow, entry)) {
			run->replies++;
		} else if (entry_is_over(entry, run->now)) {
			connection_erase(settings, &flow, entry->method);
			run->orphans++;
		}
		return 0;
	}
	if (state >= WEIR_STATES) {
		/* Whoever ends a connection erases it at once. What is left long after has been ended in another's place. */
		if (entry_idle(entry, run->now) > entry->timeout + WEIR_CLOCK_SLACK)
			connection_erase(settings, &flow, entry->method);
		return 0;
	}
	if (connection_is_over(settings, &flow, entry, run->now)) {
		run->expired += connection_end(settings, &flow, entry, state, run->now, WEIR_EVENT_CLOSED);
		return 0;
	}
	if (is_of_deleted(settings, entry->destination)) {
		end_with_template(settings, &flow, entry, state, run->now, WEIR_EVENT_CLOSED);
		return 0;
	}
	if (run->defend && defence_drops(entry, state, run->now)) {
		end_with_template(settings, &flow, entry, state, run->now, WEIR_EVENT_EVICTED);
		return 0;
	}
	return 1;
}

static long sweep_entry(struct bpf_map *shard, const struct weir_flow *key, struct weir_connection *entry,
			struct sweep_run *run)
{
	(void)shard;
	extent_widen(entry);
	if ((run->picks || entry->role == WEIR_ROLE_REPLY || entry->state >= WEIR_STATES || entry_is_over(entry, run->now)) &&
	    !sweep_apart(key, entry, run))
		return 0;
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

	run.now = sweep_ticks(settings);
	run.defend = sweep->defend && settings->drop_entry == WEIR_ALWAYS;
	run.picks = run.defend || settings->expire_nodest_conn;
	entries = bpf_map_lookup_elem(&weir_connections, &shard);
	if (!entries)
		return -1;
	read_ahead(sweep->low, sweep->high);
	extent_begin();
	bpf_for_each_map_elem(entries, sweep_entry, &run, 0);
	sweep->now = run.now;
	sweep->requests = run.requests;
	sweep->replies = run.replies;
	sweep->expired = run.expired;
	sweep->orphans = run.orphans;
	extent_tell(run.requests + run.replies, sweep);
	return 0;
}

#endif
