/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Full NAT: as masquerading, and the partner of the connection in place of what stands at the client's end. */
#ifndef WEIR_FORWARD_FULL_NAT_H
#define WEIR_FORWARD_FULL_NAT_H

#include "../connection/connection.h"
#include "masquerade.h"

/* What is rewritten at the client's end, in the form in which the server's end is. */
static __always_inline void client_end(const struct weir_connection *entry, const struct weir_partner *partner,
				       struct weir_connection *end)
{
	end->role = entry->role == WEIR_ROLE_REQUEST ? WEIR_ROLE_REPLY : WEIR_ROLE_REQUEST;
	end->port = partner->port;
	address_copy(end->address, partner->address);
}

static __always_inline void explain_full_nat(const struct packet *packet, const struct weir_connection *entry,
					     const struct weir_partner *partner)
{
	const struct weir_flow *flow = &packet->flow;

	explain_masquerade(packet, entry);
	if (entry->role == WEIR_ROLE_REQUEST)
		explain_rewrite(WEIR_FIELD_SOURCE, flow->source, flow->source_port, partner->address, partner->port, 3);
	else
		explain_rewrite(WEIR_FIELD_DESTINATION, flow->target, flow->target_port, partner->address, partner->port, 3);
}

/* Rewrites the packet where it is. 0, or -1 if the context refused: the packet must be dropped then. */
static __always_inline int full_nat(struct weir_context *ctx, const struct packet *packet, const struct weir_connection *entry,
				    const struct weir_partner *partner, struct headers *headers)
{
	struct rewritten server, client;
	struct weir_connection end = {};

	client_end(entry, partner, &end);
	rewrite_addresses(headers, entry, &server);
	rewrite_addresses(headers, &end, &client);
#if defined(WEIR_TC)
	if (packet->flow.protocol == IPPROTO_SCTP) {
		if (server.old_port == server.port)
			return rewrite_sctp_checksum(ctx, packet, &client);
		return rewrite_sctp_checksum(ctx, packet, &server);
	}
#endif
	if (packet->flow.protocol == IPPROTO_UDP && ((struct udphdr *)headers->transport)->check == 0)
		return rewrite_udp_without_checksum(ctx, packet, headers);
	return rewrite_transport_checksum(ctx, packet, headers, &server) ||
			       rewrite_transport_checksum(ctx, packet, headers, &client) ?
		       -1 :
		       0;
}

/* Rewrites and frames the packet for `hop`; likewise. What the director itself answers keeps its TTL. */
static __always_inline int forward_full_nat(struct weir_context *ctx, const struct packet *packet,
					    const struct weir_connection *entry, const struct weir_partner *partner,
					    const struct hop *hop)
{
	struct headers headers;

	if (packet->truncated || headers_at(ctx, packet->transport, sizeof(struct udphdr), &headers))
		return -1;
	explain_full_nat(packet, entry, partner);
	hop_write(headers.ethernet, hop);
	if (entry->role == WEIR_ROLE_REQUEST || !context_is_own(ctx))
		ttl_decrement(headers.ip);
	return full_nat(ctx, packet, entry, partner, &headers);
}

#endif
