/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The program for fragments: each waits for the rest of its packet, and with the last that is missing, the frame at hand becomes the
 * whole packet and goes through the director. TC only. The twin is src/lvs/reassembly.ts.
 */
#ifndef WEIR_REASSEMBLE_H
#define WEIR_REASSEMBLE_H

#include "connection.h"
#include "fragment/restore.h"
#include "interest.h"
#include "own_address.h"
#include "tell.h"

/*
 * The stack forwards fragments of IPv4 before IPVS puts them together: each has to live on, and the sender is told with the first of them.
 * What is marked is delivered to the director, perhaps. Global, so that it is verified once.
 */
__noinline int is_over_before(struct weir_context *ctx, const struct packet *packet)
{
	struct weir_settings *settings = weir_settings_get();

	if (FAMILY != AF_INET || !packet || packet->ttl > 1 || context_is_own(ctx) || context_mark(ctx) ||
	    (settings->marks && is_to_service_address(packet)))
		return 0;
	return !is_own_address(ctx, packet->flow.target);
}

/* The program for fragments. */
static __always_inline int reassemble(struct weir_context *ctx)
{
	struct handover *handover = handover_get();
	struct fragment fragment = {};
	struct cut *cut = cut_get();
	struct reassembly *place;
	enum admission admission;
	__u32 now;
	int failed;

	if (!handover || !cut)
		return WEIR_VERDICT_PASS;
	now = handover->now;
	if (is_over_before(ctx, &handover->packet))
		return leave_to_stack(WEIR_REASON_TTL_EXPIRED);
	address_copy(fragment.key.source, handover->packet.flow.source);
	address_copy(fragment.key.target, handover->packet.flow.target);
	fragment.key.family = FAMILY;
	if (fragment_read(ctx, &handover->packet, &fragment))
		return refuse(ctx, WEIR_REASON_MALFORMED);
	fragment.size = handover->packet.length;
	fragment.length = fragment.size + sizeof(struct ethhdr) - fragment.data;
	if (fragment.start + fragment.length > PIECES_LONGEST)
		return refuse(ctx, WEIR_REASON_FRAGMENT);
	place = explain_copy_reassembly(reassembly_find(&fragment.key, now));
	if (!place)
		return refuse(ctx, WEIR_REASON_FRAGMENT_HELD);
	admission = reassembly_admit(ctx, place, &fragment, now);
	if (admission == ADMISSION_DISPLACED)
		return refuse(ctx, WEIR_REASON_FRAGMENTS_FULL);
	if (admission != ADMISSION_COMPLETE)
		return refuse(ctx, WEIR_REASON_FRAGMENT_HELD);
	cut->pieces = place->pieces > 1 ? place->pieces : 0;
	cut->largest = place->largest + LARGEST_EXTRA;
	__builtin_memcpy(cut->list, place->list, sizeof(cut->list));
	explain_numbers(WEIR_STEP_REASSEMBLED, 0, place->pieces, place->header + place->end);
	failed = reassembly_restore(ctx, place);
	place->stage = REASSEMBLY_FREE;
	if (failed)
		return refuse(ctx, WEIR_REASON_REWRITE_FAILED);
	handover->packet.pieces = cut->pieces > 0;
	bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_DIRECTOR);
	return refuse(ctx, WEIR_REASON_INTERNAL);
}

#endif
