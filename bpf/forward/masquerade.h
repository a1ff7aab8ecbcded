/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Masquerading (VS/NAT): a request's target becomes the real server, a reply's source the VIP again. */
#ifndef WEIR_FORWARD_MASQUERADE_H
#define WEIR_FORWARD_MASQUERADE_H

#include "../checksum.h"
#include "../hop.h"
#include "ttl.h"

struct rewrite {
	__u8 role;       /* request: the target side changes; reply: the source side */
	__be32 address;
	__be16 port;
};

struct rewrite_before {
	__be32 address;
	__be16 port;
};

static __always_inline void rewrite_addresses(struct headers *headers, const struct rewrite *rewrite,
					      struct rewrite_before *before)
{
	struct iphdr *ip = headers->ip;
	/* TCP and UDP both begin with the source port and the target port. */
	__be16 *port = headers->transport;
	__be32 *address = rewrite->role == WEIR_ROLE_REQUEST ? &ip->daddr : &ip->saddr;

	if (rewrite->role == WEIR_ROLE_REQUEST)
		port++;
	before->address = *address;
	before->port = *port;
	*address = rewrite->address;
	*port = rewrite->port;
	checksum_replace32(&ip->check, before->address, rewrite->address);
}

static __always_inline __u32 pseudo_header(const struct iphdr *ip, __u32 length)
{
	__u32 sum = (ip->saddr & 0xffff) + (ip->saddr >> 16) + (ip->daddr & 0xffff) + (ip->daddr >> 16);

	return sum + bpf_htons(IPPROTO_UDP) + bpf_htons(length);
}

/* A datagram without checksum leaves with a whole one, as the kernel's NAT does (recorded: wire/nat-udp-zero-checksum). */
static __always_inline int rewrite_udp_without_checksum(struct weir_context *ctx, const struct packet *packet,
							const struct headers *headers)
{
	struct udphdr *udp = headers->transport;
	__u32 length = packet->length - packet->header;
	__u32 pseudo = pseudo_header(headers->ip, bpf_ntohs(udp->len));
	struct headers again;
	int checksum;

	checksum = checksum_udp_whole(ctx, packet->transport, length, pseudo);
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
						      const struct headers *headers, const struct rewrite *rewrite,
						      const struct rewrite_before *before)
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
	if (bpf_l4_csum_replace(ctx, offset, before->address, rewrite->address, BPF_F_PSEUDO_HDR | udp | 4))
		return -1;
	return bpf_l4_csum_replace(ctx, offset, before->port, rewrite->port, udp | 2) ? -1 : 0;
}

#else

static __always_inline int rewrite_transport_checksum(struct weir_context *ctx, const struct packet *packet,
						      const struct headers *headers, const struct rewrite *rewrite,
						      const struct rewrite_before *before)
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
	checksum_replace32(checksum, before->address, rewrite->address);
	checksum_replace16(checksum, before->port, rewrite->port);
	if (packet->flow.protocol == IPPROTO_UDP && *checksum == 0)
		*checksum = 0xffff; /* RFC 768: 0 would mean "none" */
	return 0;
}

#endif

/* Rewrites and frames the packet for `hop`. 0, or -1 if the context refused: the packet must be dropped then. */
static __always_inline int forward_masquerade(struct weir_context *ctx, const struct packet *packet,
					      const struct rewrite *rewrite, const struct hop *hop)
{
	struct rewrite_before before;
	struct headers headers;

	if (headers_at(ctx, packet->transport, sizeof(struct udphdr), &headers))
		return -1;
	hop_write(headers.ethernet, hop);
	ttl_decrement(headers.ip);
	rewrite_addresses(&headers, rewrite, &before);
	if (packet->flow.protocol == IPPROTO_UDP && ((struct udphdr *)headers.transport)->check == 0)
		return rewrite_udp_without_checksum(ctx, packet, &headers);
	return rewrite_transport_checksum(ctx, packet, &headers, rewrite, &before);
}

#endif
