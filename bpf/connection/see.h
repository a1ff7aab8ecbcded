/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a packet does to its connection: it goes on, from state to state, for as long as the new one lasts. */
#ifndef WEIR_CONNECTION_SEE_H
#define WEIR_CONNECTION_SEE_H

#include "../persist/template.h"
#include "../signals/datagram.h"
#include "../signals/handshake.h"
#include "find.h"
#include "load.h"
#include "states.h"

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

#endif
