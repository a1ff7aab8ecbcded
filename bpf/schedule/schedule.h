/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Chooses a destination for a new connection. The specification is src/lvs/schedulers/. */
#ifndef WEIR_SCHEDULE_H
#define WEIR_SCHEDULE_H

#include "dh.h"
#include "lblc.h"
#include "lblcr.h"
#include "least.h"
#include "maglev.h"
#include "mh.h"
#include "p2c.h"
#include "rr.h"
#include "sh.h"
#include "twos.h"
#include "wrr.h"

#define CURSOR_TRIES 8

union cursor_word {
	struct weir_cursor cursor;
	__u64 word;
};

/*
 * Round robin. Processors agree on the order by compare-and-swap of the cursor; one that loses every try keeps its choice, which is
 * valid, only not in turn. Global, as the other ways to choose, so that each is verified once.
 */
__noinline int schedule_in_turn(struct weir_service *service, __u32 *index)
{
	union cursor_word old, next;
	struct weir_cursor *shared;
	int refused = -1;
	__u64 *word;
	__u32 id;

	if (!service || !index)
		return -1;
	id = service->id;
	shared = bpf_map_lookup_elem(&cursors, &id);
	if (!shared)
		return -1;
	word = (__u64 *)shared;
	for (int i = 0; i < CURSOR_TRIES; i++) {
		old.word = *(volatile __u64 *)word;
		next = old;
		if (next.cursor.epoch != service->epoch) {
			next.cursor.epoch = service->epoch;
			next.cursor.position = service->position;
			next.cursor.current_weight = service->current_weight;
		}
		refused = service->scheduler == WEIR_SCHEDULER_WRR ? schedule_wrr(service, &next.cursor, index)
								   : schedule_rr(service, &next.cursor, index);
		if (EXPLAINS || __sync_val_compare_and_swap(word, old.word, next.word) == old.word)
			break;
	}
	return refused;
}

/* By the hash of an address: the client's, or the one that it asks for. */
__noinline int schedule_by_hash(struct weir_service *service, struct schedule_flow *flow, __u32 *index)
{
	if (!service || !flow || !index)
		return -1;
	switch (service->scheduler) {
	case WEIR_SCHEDULER_DH:
		return schedule_dh(service, flow, index);
	case WEIR_SCHEDULER_SH:
		return schedule_sh(service, flow, index);
	case WEIR_SCHEDULER_MH:
		return schedule_mh(service, flow, index);
	default:
		return schedule_maglev(service, flow, index);
	}
}

/* True where the choice follows from the list and the packet alone, so that all packets of a connection get the same. */
static __always_inline int scheduler_is_stateless(__u32 scheduler)
{
	return scheduler == WEIR_SCHEDULER_DH || scheduler == WEIR_SCHEDULER_SH || scheduler == WEIR_SCHEDULER_MH ||
	       scheduler == WEIR_SCHEDULER_MAGLEV;
}

static __always_inline int schedule_by(struct weir_service *service, struct schedule_flow *flow, __u32 *index)
{
	switch (service->scheduler) {
	case WEIR_SCHEDULER_RR:
	case WEIR_SCHEDULER_WRR:
		return schedule_in_turn(service, index);
	case WEIR_SCHEDULER_LC:
	case WEIR_SCHEDULER_WLC:
	case WEIR_SCHEDULER_SED:
	case WEIR_SCHEDULER_NQ:
	case WEIR_SCHEDULER_FO:
	case WEIR_SCHEDULER_OVF:
		return schedule_least(service, service->scheduler, index);
	case WEIR_SCHEDULER_LBLC:
		return schedule_lblc(service, flow, index);
	case WEIR_SCHEDULER_LBLCR:
		return schedule_lblcr(service, flow, index);
	case WEIR_SCHEDULER_DH:
	case WEIR_SCHEDULER_SH:
	case WEIR_SCHEDULER_MH:
	case WEIR_SCHEDULER_MAGLEV:
		return schedule_by_hash(service, flow, index);
	case WEIR_SCHEDULER_TWOS:
		return schedule_twos(service, index);
	case WEIR_SCHEDULER_P2C:
		return schedule_p2c(service, index);
	default:
		return -1;
	}
}

/* 0 and the index of a destination, or -1: nobody may get this connection. */
static __always_inline int schedule(struct weir_service *service, struct schedule_flow *flow, __u32 *index)
{
	int refused;

	explain_numbers(WEIR_STEP_SCHEDULE, service->id, 0, 0);
	refused = schedule_by(service, flow, index);
	explain_numbers(refused ? WEIR_STEP_NO_CHOICE : WEIR_STEP_CHOICE, refused ? 0 : *index, 0, 0);
	return refused;
}

#endif
