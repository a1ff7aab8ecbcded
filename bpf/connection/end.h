/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* When a connection is over, and what its end takes away. */
#ifndef WEIR_CONNECTION_END_H
#define WEIR_CONNECTION_END_H

#include "../events/connection.h"
#include "../persist/template.h"
#include "find.h"
#include "load.h"

static __always_inline __u32 entry_idle(const struct weir_connection *entry, __u32 now)
{
	return ticks_since(entry->seen, now);
}

static __always_inline int entry_is_over(const struct weir_connection *entry, __u32 now)
{
	return entry_idle(entry, now) >= entry->timeout;
}

/*
 * Of a connection that one entry says is over: does the other one say so, too? Global, like all here that few packets come to, so that the
 * verifier follows it once and not on each way that leads to it.
 */
__noinline int connection_is_over_there(const struct weir_settings *settings, const struct weir_flow *flow,
					const struct weir_connection *entry, __u32 now)
{
	struct weir_connection *other;

	if (!settings || !flow || !entry)
		return 1;
	other = connection_other(settings, flow, entry);
	return !other || entry_idle(other, now) > entry_idle(entry, now) || entry_is_over(other, now);
}

/* A connection lives as long as the direction that was seen last says; both have the same timeout, see connection_see. */
static __always_inline int connection_is_over(const struct weir_settings *settings, const struct weir_flow *flow,
					      const struct weir_connection *entry, __u32 now)
{
	return entry_is_over(entry, now) && connection_is_over_there(settings, flow, entry, now);
}

/* How a connection ended. */
struct ending {
	__u32 state; /* as it was when the end was decided */
	__u32 now;   /* the tick at which it was decided */
	__u32 kind;  /* WEIR_EVENT_CLOSED, or _EVICTED */
	__u32 stays; /* its real server has it a little longer */
};

/* The tick at which a connection has come to its end: by its time, which the direction that was seen last tells, else now. */
static __always_inline __u32 connection_ended(const struct weir_connection *request, const struct weir_connection *other, __u32 now)
{
	const struct weir_connection *last = other && entry_idle(other, now) < entry_idle(request, now) ? other : request;
	__u32 idle = entry_idle(last, now);

	return idle < last->timeout ? now : now - (idle - last->timeout);
}

/*
 * Removes both entries and its share of the load. Whoever wins the move to the terminal state does it, so it is done once: 1. The memory of
 * an entry is used again at once: if it holds a younger connection by now, that one has another state.
 */
static __always_inline int connection_finish(const struct weir_settings *settings, const struct weir_flow *flow,
					     struct weir_connection *request, const struct ending *ending)
{
	const struct weir_connection *other = connection_other(settings, flow, request);
	__u32 end = connection_ended(request, other, ending->now);
	__u8 method = request->method;
	struct weir_flow key;

	if (ending->state >= WEIR_STATES ||
	    __sync_val_compare_and_swap(&request->state, ending->state, WEIR_STATES) != ending->state)
		return 0;
	tell_connection(settings, flow, request, ending->kind, ending->state);
	if (!ending->stays)
		load_end(request->destination, ending->state);
	if (request->template)
		template_release(request->template, end);
	connection_other_flow(settings, flow, request, &key);
	if (other)
		connection_erase(settings, &key, method);
	key = *flow;
	connection_erase(settings, &key, method);
	return 1;
}

__noinline int connection_finish_apart(const struct weir_settings *settings, const struct weir_flow *flow,
				       struct weir_connection *request, const struct ending *ending)
{
	return settings && flow && request && ending ? connection_finish(settings, flow, request, ending) : 0;
}

static __always_inline int connection_end(const struct weir_settings *settings, const struct weir_flow *flow,
					  struct weir_connection *request, __u32 state, __u32 now, __u32 kind)
{
	struct ending ending = { .state = state, .now = now, .kind = kind };

	return connection_finish_apart(settings, flow, request, &ending);
}

#endif
