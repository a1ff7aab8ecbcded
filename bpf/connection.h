/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The connection table: find, create, move from state to state, remove. */
#ifndef WEIR_CONNECTION_H
#define WEIR_CONNECTION_H

#include "count.h"
#include "maps.h"
#include "tcp_states.h"

static __always_inline __u32 clock_ticks(const struct weir_settings *settings)
{
	return (bpf_ktime_get_coarse_ns() + settings->clock_ahead) >> WEIR_TICK_SHIFT;
}

/* Ports vary most; the constant is 2^32 divided by the golden ratio (Knuth, multiplicative hashing). */
static __always_inline void *connection_shard(const struct weir_settings *settings, const struct weir_flow *flow)
{
	__u32 ports = ((__u32)flow->source_port << 16) | flow->target_port;
	__u32 shard = ((address_fold(flow->source) ^ address_fold(flow->target) ^ ports) * 0x9e3779b1u) >> 28;

	shard &= settings_shards(settings) - 1;
	return bpf_map_lookup_elem(&weir_connections, &shard);
}

static __always_inline struct weir_connection *connection_find(const struct weir_settings *settings,
							       const struct weir_flow *flow)
{
	void *shard = connection_shard(settings, flow);

	return shard ? bpf_map_lookup_elem(shard, flow) : NULL;
}

static __always_inline void connection_erase(const struct weir_settings *settings, const struct weir_flow *flow)
{
	void *shard = connection_shard(settings, flow);

	if (shard)
		bpf_map_delete_elem(shard, flow);
}

/* The flow of the other direction. `entry` is the one that belongs to `flow`. */
static __always_inline void connection_other_flow(const struct weir_flow *flow, const struct weir_connection *entry,
						  struct weir_flow *other)
{
	__builtin_memset(other, 0, sizeof(*other));
	other->protocol = flow->protocol;
	if (entry->role == WEIR_ROLE_REQUEST) {
		address_copy(other->source, entry->address);
		other->source_port = entry->port;
		address_copy(other->target, flow->source);
		other->target_port = flow->source_port;
	} else {
		address_copy(other->source, flow->target);
		other->source_port = flow->target_port;
		address_copy(other->target, entry->address);
		other->target_port = entry->port;
	}
}

/*
 * True if `other`, found under the other direction's flow, is the second half of `entry`. Two connections of one client port to
 * two VIPs may meet at one real server: then the reply entry belongs to the newer one.
 */
static __always_inline int connection_is_pair(const struct weir_flow *flow, const struct weir_connection *entry,
					      const struct weir_flow *other_flow, const struct weir_connection *other)
{
	if (other->role == entry->role)
		return 0;
	if (entry->role == WEIR_ROLE_REQUEST)
		return address_equal(other->address, flow->target) && other->port == flow->target_port;
	return address_equal(other->address, flow->source) && other->port == flow->source_port &&
	       address_equal(other_flow->source, flow->target);
}

static __always_inline struct weir_connection *connection_other(const struct weir_settings *settings,
								const struct weir_flow *flow,
								const struct weir_connection *entry)
{
	struct weir_connection *other;
	struct weir_flow other_flow;

	if (entry->method != WEIR_METHOD_MASQUERADE)
		return NULL;
	connection_other_flow(flow, entry, &other_flow);
	other = connection_find(settings, &other_flow);
	return other && connection_is_pair(flow, entry, &other_flow, other) ? other : NULL;
}

/*
 * Ticks since the entry was seen. Timeouts go to 31 days, further than a signed difference reaches; but a packet on another
 * processor, or a sweep, may have read the clock a little later than this one, which is no time at all.
 */
static __always_inline __u32 entry_idle(const struct weir_connection *entry, __u32 now)
{
	__u32 idle = now - entry->seen;

	return idle < -WEIR_CLOCK_SLACK ? idle : 0;
}

static __always_inline int entry_is_over(const struct weir_connection *entry, __u32 now)
{
	return entry_idle(entry, now) >= entry->timeout;
}

/* A connection lives as long as the direction that was seen last says; both have the same timeout, see connection_see. */
static __always_inline int connection_is_over(const struct weir_settings *settings, const struct weir_flow *flow,
					      const struct weir_connection *entry, __u32 now)
{
	struct weir_connection *other;

	if (!entry_is_over(entry, now))
		return 0;
	other = connection_other(settings, flow, entry);
	return !other || entry_idle(other, now) > entry_idle(entry, now) || entry_is_over(other, now);
}

static __always_inline void load_add(__u32 destination, __u32 state, int one)
{
	struct weir_load *load = bpf_map_lookup_elem(&loads, &destination);

	if (!load)
		return;
	__sync_fetch_and_add(state_is_active(state) ? &load->active : &load->inactive, one);
}

static __always_inline void load_move(__u32 destination, __u32 from, __u32 to)
{
	if (state_is_active(from) == state_is_active(to))
		return;
	load_add(destination, from, -1);
	load_add(destination, to, 1);
}

/*
 * Removes both entries and its share of the load. Whoever wins the move to the terminal state does it, so it is done once.
 * `state`: as it was when the end was decided. The memory of an entry is used again at once: if it holds a younger connection by
 * now, that one has another state.
 */
static __always_inline int connection_end(const struct weir_settings *settings, const struct weir_flow *flow,
					  struct weir_connection *request, __u32 state)
{
	struct weir_flow reply_flow;
	int paired = connection_other(settings, flow, request) != NULL;

	if (state >= WEIR_STATES || __sync_val_compare_and_swap(&request->state, state, WEIR_STATES) != state)
		return 0;
	load_add(request->destination, state, -1);
	connection_other_flow(flow, request, &reply_flow);
	if (paired)
		connection_erase(settings, &reply_flow);
	connection_erase(settings, flow);
	return 1;
}

static __always_inline __u32 timeout_of(const struct weir_settings *settings, __u32 state)
{
	return settings->timeouts[state & (WEIR_STATE_SLOTS - 1)];
}

#define MOVE_TRIES 4

/*
 * Moves the state of a connection by `event`; the state it is in then, WEIR_STATES if it has ended meanwhile. Packets of both directions may arrive at once on two
 * processors: the one that comes second starts from what the first has made.
 */
static __always_inline __u32 connection_move(struct weir_connection *owner, __u32 view, __u32 event)
{
	__u32 old = owner->state, state = old, found;

	for (int i = 0; i < MOVE_TRIES; i++) {
		if (old >= WEIR_STATES)
			return old;
		state = tcp_transition(view, event, old);
		if (state == old)
			return state;
		found = __sync_val_compare_and_swap(&owner->state, old, state);
		if (found == old) {
			load_move(owner->destination, old, state);
			return state;
		}
		old = found;
	}
	return old;
}

/*
 * Applies a packet of `entry`'s direction to the connection. The common case, an ACK in ESTABLISHED (or any datagram), touches
 * one entry; whatever may change the state goes to the request entry, which owns it, and is copied to the other.
 */
static __always_inline void connection_see(const struct weir_settings *settings, const struct packet *packet,
					   struct weir_connection *entry, __u32 now)
{
	struct weir_connection *other = NULL, *owner = entry;
	__u32 event, view, timeout, state = entry->state;

	if (packet->flow.protocol == IPPROTO_TCP) {
		event = tcp_event(packet->tcp_flags);
		if (event != TCP_EVENT_ACK || state != WEIR_STATE_ESTABLISHED) {
			other = connection_other(settings, &packet->flow, entry);
			if (entry->role == WEIR_ROLE_REPLY) {
				if (!other)
					return;
				owner = other;
				view = TCP_VIEW_OUTPUT;
			} else {
				view = entry->method == WEIR_METHOD_MASQUERADE ? TCP_VIEW_INPUT : TCP_VIEW_INPUT_ONLY;
			}
			state = connection_move(owner, view, event);
			if (state >= WEIR_STATES)
				return;
			if (entry->role == WEIR_ROLE_REPLY)
				entry->state = state;
			else if (other)
				other->state = state;
		}
	}
	timeout = timeout_of(settings, state);
	if (timeout != entry->timeout) {
		/* A shorter timeout must reach the other entry, whose own would keep the connection alive. */
		if (!other)
			other = connection_other(settings, &packet->flow, entry);
		if (other) {
			other->timeout = timeout;
			other->seen = now;
		}
		entry->timeout = timeout;
	}
	entry->seen = now;
}

/* True where a SYN, with whatever other flags, ends an old connection (sysctl conn_reuse_mode=1, the kernel's default). */
static __always_inline int connection_is_reused(const struct packet *packet, __u32 state)
{
	return packet->flow.protocol == IPPROTO_TCP && (packet->tcp_flags & TCP_FLAG_SYN_BIT) &&
	       (state == WEIR_STATE_TIME_WAIT || state == WEIR_STATE_CLOSE);
}

#endif
