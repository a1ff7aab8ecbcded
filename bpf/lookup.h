/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_LOOKUP_H
#define WEIR_LOOKUP_H

#include "maps.h"
#include "parse.h"

/* The service a packet is addressed to, NULL if there is none. */
static __always_inline struct weir_service *service_find(const struct packet *packet)
{
	struct weir_service_key key = {
		.port = packet->flow.target_port,
		.protocol = packet->flow.protocol,
		.family = FAMILY,
	};

	address_copy(key.address, packet->flow.target);
	return bpf_map_lookup_elem(&services, &key);
}

#endif
