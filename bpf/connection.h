/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The connection table: find, create, move from state to state, remove. */
#ifndef WEIR_CONNECTION_H
#define WEIR_CONNECTION_H

#include "count.h"
#include "events/connection.h"
#include "maps.h"
#include "load.h"
#include "partner.h"
#include "signals/datagram.h"
#include "signals/handshake.h"
#include "states.h"
#include "template.h"

static __always_inline void *connection_shard(const struct weir_settings *settings, const struct weir_flow *flow)
{
	__u32 shard = shard_of(settings, flow);

	return bpf_map_lookup_elem(&weir_connections, &shard);
}

/* Which of the two entries of a connection is asked for: of the packet at hand, or of the other direction. */
enum entry_place { ENTRY_OWN = 0, ENTRY_OTHER = 1 };

static __always_inline struct weir_connection *connection_find_as(const struct weir_settings *settings,
								  const struct weir_flow *flow, enum entry_place place)
{
	struct weir_connection *made = explain_made_entry(flow);
	void *shard;

	if (made)
		return made;
	shard = connection_shard(settings, flow);
	return shard ? explain_copy(bpf_map_lookup_elem(shard, flow), place) : NULL;
}

static __always_inline struct weir_connection *connection_find(const struct weir_settings *settings,
							       const struct weir_flow *flow)
{
	return connection_find_as(settings, flow, ENTRY_OWN);
}

/* Takes the entry of a connection by `method` out. */
static __always_inline void connection_erase(const struct weir_settings *settings, const struct weir_flow *flow, __u8 method)
{
	void *shard = connection_shard(settings, flow);

	if (EXPLAINS)
		return;
	if (method == WEIR_METHOD_FULL_NAT)
		partner_erase(settings, flow);
	if (shard)
		bpf_map_delete_elem(shard, flow);
}

/* True where the real server's replies carry its own address, so that they have an entry. */
static __always_inline int method_translates(__u8 method)
{
	return method == WEIR_METHOD_MASQUERADE || method == WEIR_METHOD_FULL_NAT;
}

/* What the client's side of a new connection looks like. Past the real servers IPVS does not think of silent replies (ip_vs_leave). */
static __always_inline __u32 method_view(__u8 method)
{
	return method_translates(method) || method == WEIR_METHOD_BYPASS ? STATE_VIEW_INPUT : STATE_VIEW_INPUT_ONLY;
}

/* The partner of an entry, NULL but for full NAT. */
static __always_inline const struct weir_partner *connection_partner(const struct weir_settings *settings,
								     const struct weir_flow *flow,
								     const struct weir_connection *entry)
{
	return entry->method == WEIR_METHOD_FULL_NAT ? partner_find(settings, flow) : NULL;
}

/* Writes down that the packet, one of `role`, belongs to the connection of `entry`. */
static __always_inline void connection_explain(const struct weir_settings *settings, const struct weir_flow *flow,
					       const struct weir_connection *entry, __u32 role)
{
	if (EXPLAINS)
		explain_connection(flow, entry, connection_partner(settings, flow, entry), role);
}

/* The flow of the other direction. `entry` is the one that belongs to `flow`, which may be an argument: Linux 6.1 takes no key from one. */
static __always_inline void connection_other_flow(const struct weir_settings *settings, const struct weir_flow *flow,
						  const struct weir_connection *entry, struct weir_flow *other)
{
	const struct weir_partner *partner;

	*other = *flow;
	partner = connection_partner(settings, other, entry);
	if (entry->role == WEIR_ROLE_REQUEST) {
		address_copy(other->source, entry->address);
		other->source_port = entry->port;
		address_copy(other->target, flow->source);
		other->target_port = flow->source_port;
		if (partner) {
			address_copy(other->target, partner->address);
			other->target_port = partner->port;
		}
	} else {
		address_copy(other->source, flow->target);
		other->source_port = flow->target_port;
		address_copy(other->target, entry->address);
		other->target_port = entry->port;
		if (partner) {
			address_copy(other->source, partner->address);
			other->source_port = partner->port;
		}
	}
}

/*
 * True if `other`, found under the other direction's flow, is the second half of `entry`. Two connections of one client port to
 * two VIPs may meet at one real server: then the reply entry belongs to the newer one.
 */
static __always_inline int connection_is_pair(const struct weir_flow *flow, const struct weir_connection *entry,
					      const struct weir_connection *other)
{
	if (other->role == entry->role)
		return 0;
	if (entry->role == WEIR_ROLE_REQUEST)
		return address_equal(other->address, flow->target) && other->port == flow->target_port;
	return address_equal(other->address, flow->source) && other->port == flow->source_port;
}

/* True where both directions have entries. */
static __always_inline int connection_has_other(const struct weir_connection *entry)
{
	return method_translates(entry->method) && !(entry->flags & WEIR_CONNECTION_SINGLE);
}

static __always_inline struct weir_connection *connection_other(const struct weir_settings *settings,
								const struct weir_flow *flow,
								const struct weir_connection *entry)
{
	struct weir_connection *other;
	struct weir_flow other_flow;

	if (!connection_has_other(entry))
		return NULL;
	connection_other_flow(settings, flow, entry, &other_flow);
	/* It is read again, rather than kept once more on the stack, which IPv6 fills. */
	asm volatile("" : : "r"(&other_flow) : "memory");
	other = connection_find_as(settings, &other_flow, ENTRY_OTHER);
	return other && connection_is_pair(flow, entry, other) ? other : NULL;
}

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

static __always_inline __u32 timeout_of(const struct weir_settings *settings, __u32 state)
{
	/* Where the compiler knows that a state is small, Linux 6.1 may not. */
	asm volatile("%[state] &= %[last]" : [state] "+r"(state) : [last] "i"(WEIR_STATE_SLOTS - 1));
	return settings->timeouts[state];
}

#define MOVE_TRIES 4

/*
 * Moves the state of a connection by a packet; the state it is in then, WEIR_STATES if it has ended meanwhile. Packets of both
 * directions may arrive at once on two processors: the one that comes second starts from what the first has made.
 */
static __always_inline __u32 connection_move(const struct weir_settings *settings, __u8 protocol, __u32 event,
					     struct weir_connection *owner, __u32 view)
{
	__u32 old = owner->state, state = old, found;

	/* In no table, and no part of anybody's load. */
	if (owner->flags & WEIR_CONNECTION_STATELESS)
		return old;
	for (int i = 0; i < MOVE_TRIES; i++) {
		if (old >= WEIR_STATES)
			return old;
		state = state_after(settings, protocol, event, view, old);
		if (state == old)
			return state;
		found = __sync_val_compare_and_swap(&owner->state, old, state);
		if (found == old) {
			explain_numbers(WEIR_STEP_STATE, 0, old, state);
			load_move(owner->destination, old, state);
			if (owner->template && state_is_established(state))
				template_assure(owner->template);
			return state;
		}
		old = found;
	}
	return old;
}

/* The client's side: as of one whose replies are silent, unless they pass here. */
static __always_inline __u32 connection_view(const struct weir_connection *request)
{
	return request->flags & WEIR_CONNECTION_HEARD ? STATE_VIEW_INPUT : method_view(request->method);
}

/* A datagram of the server assures the template of its connection; once is enough. */
static __always_inline void connection_assure(struct weir_connection *reply)
{
	if (!reply->template || (reply->flags & WEIR_CONNECTION_ASSURED))
		return;
	template_assure(reply->template);
	reply->flags |= WEIR_CONNECTION_ASSURED;
}

/*
 * What a packet of `role` tells of the real server, if it is one of a handshake that is kept. `other`: the entry of the other direction
 * than that of `entry`.
 */
static __always_inline void connection_note(const struct move *move, __u8 protocol, struct weir_connection *entry,
					    struct weir_connection *other, __u32 now)
{
	if (EXPLAINS || (entry->flags & WEIR_CONNECTION_STATELESS) || protocol != IPPROTO_TCP ||
	    (!state_is_handshake(move->before) && !state_is_handshake(move->after)))
		return;
	if (entry->role == WEIR_ROLE_REPLY)
		handshake_note(move, other, entry, now);
	else
		handshake_note(move, entry, other, now);
}

/* The event of a packet and enum weir_role of it in one word: a global function has five arguments. */
#define TURN_ROLE_SHIFT 8

/*
 * A packet that may change the state: that goes to the request entry, which owns it, and is copied to the other. 1 if the connection has
 * ended meanwhile.
 */
__noinline int connection_turn(const struct weir_settings *settings, const struct weir_flow *flow, struct weir_connection *entry,
			       __u32 what, __u32 now)
{
	struct weir_connection *other, *owner = entry;
	__u8 event = what, role = what >> TURN_ROLE_SHIFT;
	struct move move = { .event = event, .role = role };
	__u32 timeout, state, view;

	if (!settings || !flow || !entry)
		return 1;
	other = connection_other(settings, flow, entry);
	state = entry->state;
	if (!state_rests(flow->protocol, event, state)) {
		if (entry->role == WEIR_ROLE_REPLY) {
			if (!other)
				return 1;
			owner = other;
		}
		move.before = owner->state;
		view = role == WEIR_ROLE_REPLY ? STATE_VIEW_OUTPUT : connection_view(entry);
		state = connection_move(settings, flow->protocol, event, owner, view);
		if (state >= WEIR_STATES)
			return 1;
		move.after = state;
		connection_note(&move, flow->protocol, entry, entry->flags & WEIR_CONNECTION_SINGLE ? entry : other, now);
		if (entry->role == WEIR_ROLE_REPLY)
			entry->state = state;
		else if (other)
			other->state = state;
	}
	timeout = timeout_of(settings, state);
	if (timeout == entry->timeout)
		return 0;
	/* A shorter timeout must reach the other entry, whose own would keep the connection alive. */
	if (other) {
		other->timeout = timeout;
		other->seen = now;
	}
	entry->timeout = timeout;
	return 0;
}

/*
 * Applies a packet to the connection of `entry`, which is the entry of its direction, or the only one. The common case, an ACK in
 * ESTABLISHED (or any datagram), touches one entry, and one that both directions have to themselves on two processors as seldom as can be.
 */
static __always_inline void connection_see(const struct weir_settings *settings, const struct packet *packet,
					   struct weir_connection *entry, __u32 role, __u32 now)
{
	__u32 state = entry->state;

	if ((!state_rests(packet->flow.protocol, packet->event, state) || timeout_of(settings, state) != entry->timeout) &&
	    connection_turn(settings, &packet->flow, entry, packet->event | role << TURN_ROLE_SHIFT, now))
		return;
	if (entry->seen != now)
		entry->seen = now;
	if (role == WEIR_ROLE_REPLY) {
		if (packet->flow.protocol == IPPROTO_UDP) {
			connection_assure(entry);
			datagram_answers(entry);
		}
	} else if (entry->packets < WEIR_PACKETS_COUNTED) {
		if (!entry->packets && packet->flow.protocol == IPPROTO_UDP)
			datagram_asks(entry);
		entry->packets++;
	}
}

/*
 * True where a packet that opens a connection ends the old one of its addresses and ports (sysctl conn_reuse_mode). Port 0 of a client is
 * none, by which nothing is found again (__ip_vs_conn_in_get).
 */
static __always_inline int connection_is_reused(const struct weir_settings *settings, const struct packet *packet,
						const struct weir_connection *request, __u32 state)
{
	if (!packet->flow.source_port)
		return 1;
	if (!packet_is_first(packet) || !settings->conn_reuse_mode || request->template)
		return 0;
	if (packet->flow.protocol == IPPROTO_SCTP)
		return state == WEIR_STATE_SCTP_CLOSED;
	return state == WEIR_STATE_TIME_WAIT || state == WEIR_STATE_CLOSE ||
	       ((settings->conn_reuse_mode & 2) && state == WEIR_STATE_FIN_WAIT &&
		connection_view(request) == STATE_VIEW_INPUT_ONLY);
}

/* With expire_nodest_conn the connections of a deleted destination end with it, and their templates. */
static __always_inline int is_of_deleted(const struct weir_settings *settings, __u32 index)
{
	struct weir_destination *destination;

	if (!settings->expire_nodest_conn)
		return 0;
	destination = bpf_map_lookup_elem(&destinations, &index);
	return destination && !(destination->flags & WEIR_DESTINATION_AVAILABLE);
}

#endif
