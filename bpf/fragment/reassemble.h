/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The program for fragments: each waits for the rest of its packet, and with the last that is missing, the frame at hand becomes the
 * whole packet and goes through the director. TC only. The twin is src/lvs/reassembly.ts.
 */
#ifndef WEIR_REASSEMBLE_H
#define WEIR_REASSEMBLE_H

#include "../connection/connection.h"
#include "../lookup/interest.h"
#include "../own/deliver.h"
#include "../route/forwarded.h"
#include "../verdict/tell.h"
#include "restore.h"

/*
 * The stack forwards fragments of IPv4 before IPVS puts them together: each has to be fit to go on, and the sender is told with the first of
 * them. What is marked is delivered to the director, perhaps. Not inlined: what it needs of the stack is free again after it.
 */
static __noinline __u32 refused_before(struct weir_context *ctx, struct handover *handover)
{
	struct weir_settings *settings = weir_settings_get();
	const struct packet *packet = &handover->packet;
	__u32 reason = WEIR_REASON_NONE;

	if (FAMILY == AF_INET && !(settings->marks && is_to_service_address(packet)))
		stack_forwards(ctx, settings, packet, &handover->hop, &reason);
	return reason;
}

/* A first fragment of IPv6 that is not of whole units of eight bytes: it goes on alone. */
static __always_inline int send_unaligned(struct weir_context *ctx, struct handover *handover, struct reassembly *place,
					  const struct fragments *key)
{
	reassembly_forget(place, key);
	handover->packet.pieces = 0;
	bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_DIRECTOR);
	return refuse(ctx, WEIR_REASON_INTERNAL);
}

/* The program for fragments. */
static __always_inline int reassemble(struct weir_context *ctx)
{
	struct handover *handover = handover_get();
	struct fragment fragment = {};
	struct cut *cut = cut_get();
	struct reassembly *place;
	enum admission admission;
	__u32 now, reason, number = 0;
	int failed;

	if (!handover || !cut)
		return WEIR_VERDICT_PASS;
	now = handover->now;
	reason = refused_before(ctx, handover);
	if (reason)
		return leave_to_stack(reason);
	address_copy(fragment.key.source, handover->packet.flow.source);
	address_copy(fragment.key.target, handover->packet.flow.target);
	fragment.key.family = FAMILY;
	if (fragment_read(ctx, &handover->packet, &fragment))
		return refuse(ctx, WEIR_REASON_MALFORMED);
	fragment.size = handover->packet.length;
	fragment.length = fragment.size + sizeof(struct ethhdr) - fragment.data;
	/* RFC 791 section 3.1, RFC 8200 section 4.5: no packet is longer than its header can say. */
	if (fragment.start + fragment.length + fragment.header - UNCOUNTED_HEADER > DATAGRAM_LONGEST)
		return refuse(ctx, WEIR_REASON_FRAGMENT_HELD);
	place = explain_copy_reassembly(reassembly_find(&fragment.key, now, &number));
	if (!place)
		return refuse(ctx, WEIR_REASON_FRAGMENT_HELD);
	if (FAMILY == AF_INET6 && fragment.more && fragment.length & 7)
		return send_unaligned(ctx, handover, place, &fragment.key);
	admission = reassembly_admit(ctx, place, &fragment, now);
	if (admission == ADMISSION_DISPLACED)
		return refuse(ctx, WEIR_REASON_FRAGMENTS_FULL);
	if (admission != ADMISSION_COMPLETE)
		return refuse(ctx, WEIR_REASON_FRAGMENT_HELD);
	cut->pieces = place->pieces > 1 ? place->pieces : 0;
	cut->rest = place->end > DATAGRAM_HELD ? place->end - DATAGRAM_HELD : 0;
	cut->place = number;
	cut->largest = place->largest;
	cut->full_ttl = context_is_own(ctx) && has_first_byte(ctx, FULL_TTL);
	__builtin_memcpy(cut->list, place->list, sizeof(cut->list));
	explain_numbers(WEIR_STEP_REASSEMBLED, 0, place->pieces, place->header + place->end);
	failed = reassembly_restore(ctx, place);
	if (failed || !cut->rest)
		place->stage = REASSEMBLY_FREE;
	if (failed)
		return refuse(ctx, WEIR_REASON_REWRITE_FAILED);
	handover->packet.pieces = cut->pieces > 0;
	handover->packet.rest = cut->rest;
	bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_DIRECTOR);
	return refuse(ctx, WEIR_REASON_INTERNAL);
}

#endif
