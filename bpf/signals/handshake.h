/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether the handshakes of a real server come to their end: taken down with the packets that may move a state, never with those of
 * established connections. The twin is src/lvs/signals.ts.
 */
#ifndef WEIR_SIGNALS_HANDSHAKE_H
#define WEIR_SIGNALS_HANDSHAKE_H

#include "../clock.h"
#include "../connection/states.h"

/* Of weir_signals.waiting: an attempt, and one whose answer will pass here. */
#define WAITING_COMPLETION 1ull
#define WAITING_ANSWER (1ull << 32)

/* Ticks from which on the coarse clock tells how long an answer took: the fine one comes round after twice as many. */
#define ANSWER_LONG 512

static __always_inline int state_is_handshake(__u32 state)
{
	return state == WEIR_STATE_SYN_RECV || state == WEIR_STATE_SYNACK;
}

static __always_inline __u16 answer_clock(void)
{
	return bpf_ktime_get_ns() >> WEIR_ANSWER_SHIFT;
}

/* Nobody knows of a SYN that came twice which one was answered: such an answer has no time. */
static __always_inline void handshake_time(struct weir_signals *signals, const struct weir_connection *request,
					   const struct weir_connection *reply, __u32 now)
{
	__u32 units = (__u16)(answer_clock() - reply->began), ticks = ticks_since(request->seen, now), place = 0;

	if (request->packets != 1)
		return;
	if (ticks >= ANSWER_LONG)
		units = ticks << (WEIR_TICK_SHIFT - WEIR_ANSWER_SHIFT);
#pragma unroll
	for (int bit = 0; bit < WEIR_ANSWER_PLACES - 1; bit++)
		place += units >= 1u << bit;
	__sync_fetch_and_add(&signals->answer_time, units);
	__sync_fetch_and_add(&signals->answer_times[place & (WEIR_ANSWER_PLACES - 1)], 1);
}

static __always_inline void handshake_begins(struct weir_signals *signals, struct weir_connection *reply)
{
	__sync_fetch_and_add(&signals->attempts, 1);
	__sync_fetch_and_add(&signals->waiting, reply ? WAITING_COMPLETION | WAITING_ANSWER : WAITING_COMPLETION);
	if (!reply)
		return;
	reply->flags &= ~WEIR_CONNECTION_ANSWERED;
	reply->began = answer_clock();
}

static __always_inline void handshake_is_answered(struct weir_signals *signals, const struct weir_connection *request,
						  struct weir_connection *reply, __u32 now)
{
	if (!reply || (reply->flags & WEIR_CONNECTION_ANSWERED))
		return;
	reply->flags |= WEIR_CONNECTION_ANSWERED;
	__sync_fetch_and_add(&signals->answered, 1);
	__sync_fetch_and_and(&signals->waiting, WAITING_ANSWER - 1);
	handshake_time(signals, request, reply, now);
}

/* A packet that has moved a connection from one state to another, or has left it in one. */
struct move {
	__u8 before;
	__u8 after;
	__u8 event; /* enum tcp_event */
	__u8 role;  /* enum weir_role */
};

/*
 * What a packet of a handshake tells of the real server. `reply`: NULL where its packets do not pass here. Global, so that it is
 * verified once and has a stack of its own.
 */
__noinline int handshake_note(const struct move *move, const struct weir_connection *request, struct weir_connection *reply,
			      __u32 now)
{
	struct weir_signals *found;
	__u32 index;

	if (!move || !request)
		return 0;
	index = request->destination;
	found = bpf_map_lookup_elem(&signals, &index);
	if (!found)
		return 0;
	if (move->role == WEIR_ROLE_REPLY) {
		if (move->event == TCP_EVENT_RST)
			__sync_fetch_and_add(&found->refused, 1);
		handshake_is_answered(found, request, reply, now);
	} else if (move->event == TCP_EVENT_RST) {
		__sync_fetch_and_add(&found->reset, 1);
	} else if (move->event == TCP_EVENT_SYN) {
		/* A connection is made in the state that its first packet leads to. */
		if (state_is_handshake(move->before) && request->packets)
			__sync_fetch_and_add(&found->retransmissions, 1);
		else
			handshake_begins(found, reply);
	}
	if (state_is_handshake(move->before) && move->after == WEIR_STATE_ESTABLISHED) {
		__sync_fetch_and_add(&found->completed, 1);
		__sync_fetch_and_and(&found->waiting, ~(WAITING_ANSWER - 1));
	}
	return 0;
}

#endif
