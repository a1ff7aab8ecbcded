/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An address with a port and a protocol, as the tables of services, marks, real servers, origins and callers are asked for it. */
#ifndef WEIR_SERVICE_KEY_H
#define WEIR_SERVICE_KEY_H

#include "../family.h"

static __always_inline void service_key_fill(struct weir_service_key *key, const __be32 *address, __be16 port, __u8 protocol)
{
	__builtin_memset(key, 0, sizeof(*key));
	address_copy(key->address, address);
	key->port = port;
	key->protocol = protocol;
	key->family = FAMILY;
}

/* What a packet is addressed to. */
static __always_inline void service_key_of(const struct weir_flow *flow, struct weir_service_key *key)
{
	service_key_fill(key, flow->target, flow->target_port, flow->protocol);
}

/* Where it comes from. */
static __always_inline void service_key_from(const struct weir_flow *flow, struct weir_service_key *key)
{
	service_key_fill(key, flow->source, flow->source_port, flow->protocol);
}

#endif
