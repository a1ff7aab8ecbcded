/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Masquerading (VS/NAT): a request's target becomes the real server, a reply's source the VIP again. */
#ifndef WEIR_FORWARD_MASQUERADE_H
#define WEIR_FORWARD_MASQUERADE_H

#include "../checksum/checksum.h"
#include "../checksum/crc32c.h"
#include "../fragment/rest.h"
#include "../route/hop.h"
#include "ttl.h"

/* What a rewriting has changed, as checksums need to know it. */
struct rewritten {
	__u32 address; /* difference of the address words, as bpf_csum_diff has it */
	__be16 old_port;
	__be16 port;
};

static __always_inline __be32 *rewritten_address(const struct headers *headers, __u8 role)
{
#if WEIR_FAMILY == 4
	struct iphdr *ip = headers->ip;

	return role == WEIR_ROLE_REQUEST ? &ip->daddr : &ip->saddr;
#else
	struct ipv6hdr *ip = headers->ip;

	return role == WEIR_ROLE_REQUEST ? ip->daddr.in6_u.u6_addr32 : ip->saddr.in6_u.u6_addr32;
#endif
}

/* Puts the address and port of `entry` into the packet: a request's target, a reply's source. */
static __always_inline void rewrite_addresses(struct headers *headers, const struct weir_connection *entry,
					      struct rewritten *rewritten)
{
	/* TCP and UDP both begin with the source port and the target port. */
	__be16 *port = headers->transport;
	__be32 *address = rewritten_address(headers, entry->role);
	__u64 sum = 0;

	if (entry->role == WEIR_ROLE_REQUEST)
		port++;
	rewritten->old_port = *port;
	rewritten->port = *port = entry->port;
#pragma unroll
	for (int i = 0; i < ADDRESS_WORDS; i++) {
		__u32 word = entry->address[i];

		sum += (__u64)(__u32)~address[i] + word;
		address[i] = word;
	}
	sum = (sum & 0xffffffff) + (sum >> 32);
	rewritten->address = (__u32)sum + (__u32)(sum >> 32);
#if WEIR_FAMILY == 4
	checksum_replace(&((struct iphdr *)headers->ip)->check, rewritten->address);
#endif
}

/* Both addresses, the protocol and the length (RFC 768; RFC 8200 section 8.1). */
static __always_inline __u32 pseudo_header(const struct headers *headers, __u32 length)
{
#if WEIR_FAMILY == 4
	const __be32 *word = &((struct iphdr *)headers->ip)->saddr;
#else
	const __be32 *word = ((struct ipv6hdr *)headers->ip)->saddr.in6_u.u6_addr32;
#endif
	__u32 sum = bpf_htons(IPPROTO_UDP) + bpf_htons(length);

#pragma unroll
	for (int i = 0; i < 2 * ADDRESS_WORDS; i++)
		sum += (word[i] & 0xffff) + (word[i] >> 16);
	return sum;
}

/* A datagram without checksum leaves with a whole one, as the kernel's NAT does (recorded: wire/nat-udp-zero-checksum). */
static __always_inline int rewrite_udp_without_checksum(struct weir_context *ctx, const struct packet *packet,
							const struct headers *headers)
{
	struct udphdr *udp = headers->transport;
	__u32 length = packet->length + sizeof(struct ethhdr) - packet->transport;
	__u32 pseudo = pseudo_header(headers, length);
	struct headers again;
	int checksum;

	if (packet->rest)
		pseudo = rest_sum(packet->rest, pseudo);
	checksum = checksum_udp_whole(ctx, packet->transport, length - packet->rest, pseudo);
	if (checksum < 0 || headers_at(ctx, packet->transport, sizeof(*udp), &again))
		return -1;
	((struct udphdr *)again.transport)->check = checksum;
	return 0;
}

#if defined(WEIR_TC)

/*
 * A local sender leaves the transport checksum to the device: then the field holds the pseudo header's sum alone and only the
 * address may be worked in. The helpers know which case it is.
 */
static __always_inline int rewrite_transport_checksum(struct weir_context *ctx, const struct packet *packet,
						      const struct headers *headers, const struct rewritten *rewritten)
{
	__u32 offset = packet->transport;
	__u64 udp = 0;

	(void)headers;
	if (packet->flow.protocol == IPPROTO_TCP) {
		offset += offsetof(struct tcphdr, check);
	} else {
		offset += offsetof(struct udphdr, check);
		udp = BPF_F_MARK_MANGLED_0;
	}
	if (bpf_l4_csum_replace(ctx, offset, 0, rewritten->address, BPF_F_PSEUDO_HDR | udp))
		return -1;
	if (rewritten->old_port == rewritten->port)
		return 0;
	return bpf_l4_csum_replace(ctx, offset, rewritten->old_port, rewritten->port, udp | 2) ? -1 : 0;
}

#else

static __always_inline int rewrite_transport_checksum(struct weir_context *ctx, const struct packet *packet,
						      const struct headers *headers, const struct rewritten *rewritten)
{
	struct headers tcp;
	__u16 *checksum;

	if (packet->flow.protocol == IPPROTO_TCP) {
		/* TCP's checksum lies deeper than the headers were checked for. */
		if (headers_at(ctx, packet->transport, sizeof(struct tcphdr), &tcp))
			return -1;
		checksum = &((struct tcphdr *)tcp.transport)->check;
	} else {
		checksum = &((struct udphdr *)headers->transport)->check;
	}
	checksum_replace(checksum, rewritten->address);
	checksum_replace16(checksum, rewritten->old_port, rewritten->port);
	if (packet->flow.protocol == IPPROTO_UDP && *checksum == 0)
		*checksum = 0xffff; /* RFC 768: 0 would mean "none" */
	return 0;
}

#endif

#if defined(WEIR_TC)
/* SCTP has no pseudo header: only another port makes another checksum, and that a whole one (recorded: wire/nat-sctp-bad-crc). */
static __always_inline int rewrite_sctp_checksum(struct weir_context *ctx, const struct packet *packet,
						 const struct rewritten *rewritten)
{
	if (rewritten->old_port == rewritten->port)
		return 0;
	return crc32c_seal(ctx, packet->transport, packet->length + sizeof(struct ethhdr) - packet->transport);
}
#endif

static __always_inline void explain_masquerade(const struct packet *packet, const struct weir_connection *entry)
{
	const struct weir_flow *flow = &packet->flow;

	if (entry->role == WEIR_ROLE_REQUEST)
		explain_rewrite(WEIR_FIELD_DESTINATION, flow->target, flow->target_port, entry->address, entry->port, 3);
	else
		explain_rewrite(WEIR_FIELD_SOURCE, flow->source, flow->source_port, entry->address, entry->port, 3);
}

/* Rewrites the packet where it is. 0, or -1 if the context refused: the packet must be dropped then. */
static __always_inline int masquerade(struct weir_context *ctx, const struct packet *packet, const struct weir_connection *entry,
				      struct headers *headers)
{
	struct rewritten rewritten;

	rewrite_addresses(headers, entry, &rewritten);
#if defined(WEIR_TC)
	if (packet->flow.protocol == IPPROTO_SCTP)
		return rewrite_sctp_checksum(ctx, packet, &rewritten);
#endif
	if (packet->flow.protocol == IPPROTO_UDP && ((struct udphdr *)headers->transport)->check == 0)
		return rewrite_udp_without_checksum(ctx, packet, headers);
	return rewrite_transport_checksum(ctx, packet, headers, &rewritten);
}

/* Rewrites and frames the packet for `hop`; likewise. */
static __always_inline int forward_masquerade(struct weir_context *ctx, const struct packet *packet,
					      const struct weir_connection *entry, const struct hop *hop)
{
	struct headers headers;

	if (packet->truncated || headers_at(ctx, packet->transport, sizeof(struct udphdr), &headers))
		return -1;
	explain_masquerade(packet, entry);
	hop_write(headers.ethernet, hop);
	ttl_decrement(headers.ip);
	return masquerade(ctx, packet, entry, &headers);
}

#endif
