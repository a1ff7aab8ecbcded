/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether a packet can concern the director at all: see struct weir_interest. Twin: src/engine/ebpf/rules/interest.ts. */
#ifndef WEIR_INTEREST_H
#define WEIR_INTEREST_H

#include "../maps.h"
#include "../parse/parse.h"

/* Knuth's multiplicative hash; the upper 16 bits of the product number the bits of the set. */
static __always_inline int interest_set_has(const __u32 *words, __u32 key)
{
	__u32 bit = (key * 0x9e3779b1u) >> 16;

	return words[bit >> 5] >> (bit & 31) & 1;
}

static __always_inline int interest_has(const __be32 *address)
{
	return interest_set_has(interest.addresses, address_fold(address));
}

/* May be addressed to a service; what is not is a reply at most. */
static __always_inline int is_to_service_address(const struct packet *packet)
{
	return interest_has(packet->flow.target);
}

/* May come from a real server. */
static __always_inline int is_from_server_address(const struct packet *packet)
{
	return interest_has(packet->flow.source);
}

static __always_inline int is_of_interest(const struct packet *packet)
{
	return interest_has(packet->flow.target) || interest_has(packet->flow.source);
}

/* The same with the ports, if they are all there. An explanation goes by the addresses, and tells what is missing. */
static __always_inline int is_of_service(const struct packet *packet)
{
	const struct weir_flow *flow = &packet->flow;

	if (EXPLAINS || packet->truncated)
		return is_of_interest(packet);
	return interest_set_has(interest.endpoints, address_fold(flow->target) ^ flow->target_port) ||
	       interest_set_has(interest.endpoints, address_fold(flow->source) ^ flow->source_port);
}

#endif
