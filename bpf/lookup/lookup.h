/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The service of a packet. Twin: src/lvs/service-lookup.ts. */
#ifndef WEIR_LOOKUP_H
#define WEIR_LOOKUP_H

#include "../connection/states.h"
#include "../maps.h"
#include "../parse/parse.h"
#include "../route/hop.h"
#include "mark.h"
#include "service_key.h"

#define FTP_PORT 21
#define FTP_DATA_PORT 20
/* Ports below need a privilege to listen on (net.ipv4.ip_unprivileged_port_start). */
#define UNPRIVILEGED_PORT 1024

/* Which of a packet's services it is. */
struct found_service {
	__u32 mark;   /* of a firewall-mark service, else 0 */
	__be16 port;  /* of any other: the packet's, FTP's, or 0 */
};

/*
 * By mark, by address and port, the FTP service of the address if the port may belong to one of its data connections, the service for
 * any port of the address. NULL if there is none. `marked`: the flow that has the mark, that of the packet but for ICMP errors.
 */
static __always_inline struct weir_service *service_find(struct weir_context *ctx, const struct weir_settings *settings,
							 const struct packet *packet, const struct weir_flow *marked,
							 struct found_service *found)
{
	__u16 port = bpf_ntohs(packet->flow.target_port);
	struct weir_service *service;
	struct weir_service_key key;

	service_key_of(marked, &key);
	found->mark = mark_by_key(ctx, settings, &key);
	if (found->mark) {
		struct weir_service_key by_mark = { .address = { bpf_htonl(found->mark) }, .family = FAMILY };

		service = bpf_map_lookup_elem(&services, &by_mark);
		if (service)
			return service;
	}
	found->mark = 0;
	service_key_of(&packet->flow, &key);
	found->port = key.port;
	service = bpf_map_lookup_elem(&services, &key);
	if (service)
		return service;
	if (key.protocol == IPPROTO_TCP && (port == FTP_DATA_PORT || port >= UNPRIVILEGED_PORT)) {
		found->port = key.port = bpf_htons(FTP_PORT);
		service = bpf_map_lookup_elem(&services, &key);
		if (service)
			return service;
	}
	found->port = key.port = 0;
	return bpf_map_lookup_elem(&services, &key);
}

/* What is for the director itself was looked up as what clients send; what is not, only as a reply. */
static __always_inline void explain_nobodys(struct weir_context *ctx, const struct weir_settings *settings, const struct packet *packet)
{
	if (!EXPLAINS || !explain_is_local(ctx, packet))
		return;
	explain_unknown();
	if (!packet->truncated && packet_may_start(settings, packet))
		explain_numbers(WEIR_STEP_SERVICE, 0, 0, 0);
}

#endif
