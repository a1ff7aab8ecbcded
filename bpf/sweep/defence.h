/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* drop_entry: which connections the sweeper ends before their time, while memory is short. */
#ifndef WEIR_SWEEP_DEFENCE_H
#define WEIR_SWEEP_DEFENCE_H

#include "connection/connection.h"

/*
 * Idle connections with few packets that drop_entry may end: of those with n packets every n-th. The places of the turns survive from run
 * to run, not from process to process.
 */
#define DEFENCE_PARTS_MASK 31
#define DEFENCE_IDLE 57220 /* 60 s in ticks */
static __u32 defence_turns[16];

static __always_inline int defence_is_turn(const struct weir_connection *entry, __u32 now)
{
	__u32 packets = entry->packets, turn;

	if (entry_idle(entry, now) < DEFENCE_IDLE || packets == 0 || packets >= WEIR_PACKETS_COUNTED)
		return 0;
	turn = ++defence_turns[packets & 15];
	if (turn < packets)
		return 0;
	defence_turns[packets & 15] = 0;
	return 1;
}

/* What drop_entry may end: half open, or idle with few packets; a random 1/32 of the table at a time (ip_vs_random_dropentry). */
static __always_inline int defence_drops(const struct weir_connection *entry, __u32 state, __u32 now)
{
	if (bpf_get_prandom_u32() & DEFENCE_PARTS_MASK)
		return 0;
	switch (state) {
	case WEIR_STATE_SYN_RECV:
	case WEIR_STATE_SYNACK:
	case WEIR_STATE_SCTP_INIT1:
	case WEIR_STATE_SCTP_INIT:
		return 1;
	case WEIR_STATE_ESTABLISHED:
	case WEIR_STATE_SCTP_ESTABLISHED:
	case WEIR_STATE_UDP:
		return defence_is_turn(entry, now);
	default:
		return 0;
	}
}

#endif
