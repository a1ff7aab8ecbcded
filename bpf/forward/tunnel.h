/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tunnelling (VS/TUN): the packet travels inside another one to the real server. IPv4 and IPv6, inside and outside alike; plain
 * (RFC 2003, 2473, 4213), GUE (draft-ietf-intarea-gue, version 0) and GRE (RFC 2784). The twin is src/lvs/forward/tunnel.ts.
 */
#ifndef WEIR_FORWARD_TUNNEL_H
#define WEIR_FORWARD_TUNNEL_H

#include "../checksum/checksum.h"
#include "../clock.h"
#include "../route/hop.h"
#include "ttl.h"

#define GUE_LENGTH (sizeof(struct udphdr) + 4)
#define GRE_LENGTH 4
#define GRE_CHECKSUM_LENGTH 4
#define GRE_CHECKSUM_PRESENT 0x80
/* The longest header between the outer IP header and the packet. */
#define TUNNEL_HEADER_MOST GUE_LENGTH

/* The least MTU that a tunnel may leave to what is inside, by the family outside (RFC 791, RFC 8200). */
#define LEAST_INSIDE_IPV4 68
#define LEAST_INSIDE_IPV6 1280

/* Ports that GUE sends from: the range of a Linux host (net.ipv4.ip_local_port_range). */
#define FLOW_PORT_FIRST 32768
#define FLOW_PORTS (60999 - FLOW_PORT_FIRST + 1)

#if WEIR_FAMILY == 4
#define INNER_PROTOCOL IPPROTO_IPIP
#define INNER_ETHER_TYPE ETH_P_IP
#else
#define INNER_PROTOCOL IPPROTO_IPV6
#define INNER_ETHER_TYPE ETH_P_IPV6
#endif

static __always_inline __u32 tunnel_header_length(const struct weir_destination *destination)
{
	switch (destination->tunnel) {
	case WEIR_TUNNEL_GUE:
		return GUE_LENGTH;
	case WEIR_TUNNEL_GRE:
		return GRE_LENGTH +
		       (destination->tunnel_checksum == WEIR_TUNNEL_CHECKSUM_FULL ? GRE_CHECKSUM_LENGTH : 0);
	default:
		return 0;
	}
}

/* Bytes that the tunnel puts before the packet. */
static __always_inline __u32 tunnel_overhead(const struct weir_destination *destination)
{
	return tunnel_header_length(destination) +
	       (destination->family == AF_INET ? sizeof(struct iphdr) : sizeof(struct ipv6hdr));
}

static __always_inline __u8 tunnel_protocol(const struct weir_destination *destination)
{
	switch (destination->tunnel) {
	case WEIR_TUNNEL_GUE:
		return IPPROTO_UDP;
	case WEIR_TUNNEL_GRE:
		return IPPROTO_GRE;
	default:
		return INNER_PROTOCOL;
	}
}

/* As inside, but congestion experienced becomes ECN-capable (RFC 3168 section 9.1.1). */
static __always_inline __u8 tunnel_tos(__u8 inner)
{
	return (inner & 3) == 3 ? inner & ~1 : inner;
}

/* A source port that is the same for all packets of a flow, so that networks spread flows and keep packets in order. */
static __always_inline __be16 tunnel_flow_port(const struct packet *packet)
{
	__u32 ports = ((__u32)packet->flow.source_port << 16) | packet->flow.target_port;
	__u32 hash = address_fold(packet->flow.source) ^ address_fold(packet->flow.target) ^ ports;

	return bpf_htons(FLOW_PORT_FIRST + (((hash * 0x9e3779b1u >> 16) * FLOW_PORTS) >> 16));
}

/* Writes what stands between the outer IP header and the packet; checksums are 0 yet. */
static __always_inline void tunnel_write_header(void *at, const struct packet *packet, const struct weir_destination *destination)
{
	struct udphdr *udp = at;
	__u8 *gue = at + sizeof(*udp);
	__be16 *gre = at;

	if (destination->tunnel == WEIR_TUNNEL_GUE) {
		udp->source = tunnel_flow_port(packet);
		udp->dest = destination->tunnel_port;
		udp->len = bpf_htons(GUE_LENGTH + packet->length);
		udp->check = 0;
		gue[0] = 0;
		gue[1] = INNER_PROTOCOL;
		gue[2] = 0;
		gue[3] = 0;
	} else if (destination->tunnel == WEIR_TUNNEL_GRE) {
		gre[0] = 0;
		gre[1] = bpf_htons(INNER_ETHER_TYPE);
		if (destination->tunnel_checksum == WEIR_TUNNEL_CHECKSUM_FULL) {
			gre[0] = bpf_htons(GRE_CHECKSUM_PRESENT << 8);
			gre[2] = 0;
			gre[3] = 0;
		}
	}
}

static __always_inline void tunnel_write_ipv4(struct iphdr *ip, const struct weir_settings *settings, const struct packet *packet,
					      const struct weir_destination *destination, const struct hop *hop)
{
	int whole = FAMILY == AF_INET && packet->whole && settings->pmtu_disc;
	__u16 *word = (__u16 *)ip;
	__u32 sum = 0;

	ip->version = 4;
	ip->ihl = 5;
	ip->tos = tunnel_tos(packet->tos);
	ip->tot_len = bpf_htons(tunnel_overhead(destination) + packet->length);
	ip->id = whole ? 0 : bpf_htons(hop->id);
	ip->frag_off = whole ? bpf_htons(IP_DF) : 0;
	ip->ttl = packet->ttl - 1;
	ip->protocol = tunnel_protocol(destination);
	ip->check = 0;
	ip->saddr = destination->source[0];
	ip->daddr = destination->address[0];
#pragma unroll
	for (int i = 0; i < 10; i++)
		sum += word[i];
	ip->check = ~checksum_fold(sum);
}

static __always_inline void tunnel_write_ipv6(struct ipv6hdr *ip, const struct packet *packet,
					      const struct weir_destination *destination)
{
	*(__be32 *)ip = bpf_htonl(0x60000000 | (__u32)tunnel_tos(packet->tos) << 20);
	ip->payload_len = bpf_htons(tunnel_header_length(destination) + packet->length);
	ip->nexthdr = tunnel_protocol(destination);
	ip->hop_limit = packet->ttl - 1;
	__builtin_memcpy(&ip->saddr, destination->source, sizeof(ip->saddr));
	__builtin_memcpy(&ip->daddr, destination->address, sizeof(ip->daddr));
}

/* Makes room before the packet, behind a new Ethernet header whose fields are yet to be written. */
static __always_inline int tunnel_make_room(struct weir_context *ctx, const struct weir_destination *destination, int in_pieces)
{
	__u32 room = tunnel_overhead(destination);
#if defined(WEIR_TC)
	/* A super packet keeps the size of its segments: that they fit in the tunnel has been seen. */
	__u64 flags = BPF_F_ADJ_ROOM_FIXED_GSO;

	/* The kernel changes the length of no skb that it knows for a tunnel's. */
	if (in_pieces)
		return bpf_skb_adjust_room(ctx, room, BPF_ADJ_ROOM_MAC, 0);
	flags |= destination->family == AF_INET ? BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 : BPF_F_ADJ_ROOM_ENCAP_L3_IPV6;
	if (destination->tunnel == WEIR_TUNNEL_GUE)
		flags |= BPF_F_ADJ_ROOM_ENCAP_L4_UDP;
	else if (destination->tunnel == WEIR_TUNNEL_GRE)
		flags |= BPF_F_ADJ_ROOM_ENCAP_L4_GRE;
	return bpf_skb_adjust_room(ctx, room, BPF_ADJ_ROOM_MAC, flags);
#else
	(void)in_pieces;
	return bpf_xdp_adjust_head(ctx, -(int)room);
#endif
}

/* Ticks for which the kernel believes what an ICMP error says of a path (net.ipv4.route.mtu_expires): 600 s. */
#define PATH_MTU_TICKS 572204

/* True while what an ICMP error has told of the path is believed. */
static __always_inline int path_is_known(const struct weir_load *load, __u32 now)
{
	return load->path_mtu && ticks_since(load->path_learned, now) < PATH_MTU_TICKS;
}

/*
 * Finds the way to the real server; see hop_lookup. The packet is compared with the MTU of the route and of the path, as far as an ICMP
 * error has told, the headers of the tunnel included. Global, so that it is verified once.
 */
__noinline int tunnel_hop_find(struct weir_context *ctx, const struct packet *packet, const struct weir_destination *destination,
			       struct weir_load *load, struct hop *hop)
{
	const struct weir_settings *settings = weir_settings_get();
	__u32 overhead, reason, limit = ~0u;

	if (!packet || !destination || !load || !hop)
		return WEIR_REASON_INTERNAL;
	overhead = tunnel_overhead(destination);
	hop->id = bpf_get_prandom_u32();
	hop->whole = packet->super_packet || (packet->whole && (settings->pmtu_disc || FAMILY == AF_INET6));
	hop->fib.family = destination->family;
	hop->fib.l4_protocol = tunnel_protocol(destination);
	__builtin_memcpy(hop->fib.ipv6_src, destination->source, sizeof(hop->fib.ipv6_src));
	__builtin_memcpy(hop->fib.ipv6_dst, destination->address, sizeof(hop->fib.ipv6_dst));
	reason = hop_lookup(ctx, packet, overhead, hop);
	if (reason && reason != WEIR_REASON_TOO_BIG)
		return reason;
	if (path_is_known(load, hop->now)) {
		limit = load->path_mtu - overhead;
		if (!EXPLAINS && !load->path_used)
			load->path_used = 1;
	}
	if (hop->mtu > limit)
		hop->mtu = limit;
	/* Less than every host must take: nothing goes, and the client is not told a number. */
	if (hop->mtu && hop->mtu < (destination->family == AF_INET ? LEAST_INSIDE_IPV4 : LEAST_INSIDE_IPV6)) {
		hop->mtu = 0;
		return WEIR_REASON_TOO_BIG;
	}
	return packet->segment > limit ? hop_too_long(hop) : reason;
}

/* Wraps and frames the packet for `hop`. 0, or -1 if the context refused: the packet must be dropped then. */
static __always_inline int forward_tunnel(struct weir_context *ctx, const struct packet *packet,
					  const struct weir_destination *destination, const struct hop *hop)
{
	const struct weir_settings *settings = weir_settings_get();
	struct headers headers;
	struct ethhdr *ethernet;
	void *ip;

	if (!packet || !destination || !hop)
		return -1;
	if (headers_at(ctx, packet->transport, 0, &headers))
		return -1;
	explain_outer(WEIR_FIELD_OUTER_SOURCE, packet->flow.source, destination->source, destination->family);
	explain_outer(WEIR_FIELD_OUTER_DESTINATION, packet->flow.target, destination->address, destination->family);
	ttl_decrement(headers.ip);
	if (tunnel_make_room(ctx, destination, hop->cut || (packet->pieces && !hop_is_whole(packet, hop, destination->family))))
		return -1;
	ethernet = context_data(ctx);
	ip = ethernet + 1;
	if (destination->family == AF_INET) {
		if (ip + sizeof(struct iphdr) + TUNNEL_HEADER_MOST > context_end(ctx))
			return -1;
		ethernet->h_proto = bpf_htons(ETH_P_IP);
		tunnel_write_ipv4(ip, settings, packet, destination, hop);
		tunnel_write_header(ip + sizeof(struct iphdr), packet, destination);
	} else {
		if (ip + sizeof(struct ipv6hdr) + TUNNEL_HEADER_MOST > context_end(ctx))
			return -1;
		ethernet->h_proto = bpf_htons(ETH_P_IPV6);
		tunnel_write_ipv6(ip, packet, destination);
		tunnel_write_header(ip + sizeof(struct ipv6hdr), packet, destination);
	}
	hop_write(ethernet, hop);
	return 0;
}

/* The header of the tunnel is to have a checksum over all that follows: then the packet goes through seal.h. */
static __always_inline int tunnel_is_sealed(const struct weir_destination *destination)
{
	if (destination->tunnel == WEIR_TUNNEL_GRE)
		return destination->tunnel_checksum == WEIR_TUNNEL_CHECKSUM_FULL;
	return destination->tunnel == WEIR_TUNNEL_GUE && destination->tunnel_checksum != WEIR_TUNNEL_CHECKSUM_NONE;
}

#endif
