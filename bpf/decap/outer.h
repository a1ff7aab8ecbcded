/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads the headers of a tunnel up to the packet inside. */
#ifndef WEIR_DECAP_OUTER_H
#define WEIR_DECAP_OUTER_H

#define PACKET_HOST 0
#define FRAGMENT_BITS bpf_htons(0x3fff)

/* RFC 2784, RFC 2890. */
#define GRE_CHECKSUM bpf_htons(0x8000)
#define GRE_KEY bpf_htons(0x2000)
#define GRE_SEQUENCE bpf_htons(0x1000)

/* draft-ietf-intarea-gue section 3.1, and of Linux (include/net/gue.h) the private word. */
#define GUE_CONTROL 0x20
#define GUE_PRIVATE bpf_htons(0x0001)
#define GUE_REMOTE_CHECKSUM bpf_htonl(0x80000000)

#define ECN_MASK 3
#define ECN_CE 3

struct tunnel {
	enum weir_decap_reason kind;
	/* Offsets in the frame: after the outer IP header, and of the packet inside. */
	__u32 transport;
	__u32 inner;
	__u32 length;
	/* After the IP header inside. */
	__u32 inner_transport;
	__u8 outer_version;
	__u8 inner_version;
	__u8 inner_protocol;
	__u8 protocol;
	__u8 outer_ecn;
	__u8 has_checksum;
	__u8 has_remote_checksum;
	/* From the packet inside: where the sum begins, and where it goes. */
	__u16 start;
	__u16 offset;
	/* Of the pseudo header, for UDP. */
	__u32 pseudo;
	struct weir_decap_address destination;
};

struct gue_base {
	__u8 first;
	__u8 protocol;
	__be16 flags;
};

static __always_inline void ipv4_as_address(struct weir_decap_address *to, __be32 address)
{
	to->word[0] = 0;
	to->word[1] = 0;
	to->word[2] = bpf_htonl(0xffff);
	to->word[3] = address;
}

static __always_inline __u16 fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static __always_inline int version_of(__u8 protocol)
{
	if (protocol == IPPROTO_IPIP)
		return 4;
	return protocol == IPPROTO_IPV6 ? 6 : 0;
}

static __always_inline enum weir_decap_reason parse_gre(struct __sk_buff *skb, struct tunnel *tunnel)
{
	__be16 head[2];
	__u32 size = 4;

	if (bpf_skb_load_bytes(skb, tunnel->transport, head, sizeof(head)))
		return WEIR_DECAP_MALFORMED;
	if (head[0] & ~(GRE_CHECKSUM | GRE_KEY | GRE_SEQUENCE))
		return WEIR_DECAP_UNKNOWN_FORM;
	if (head[1] == bpf_htons(ETH_P_IP))
		tunnel->inner_version = 4;
	else if (head[1] == bpf_htons(ETH_P_IPV6))
		tunnel->inner_version = 6;
	else
		return WEIR_DECAP_UNKNOWN_FORM;
	tunnel->has_checksum = !!(head[0] & GRE_CHECKSUM);
	size += 4 * tunnel->has_checksum + 4 * !!(head[0] & GRE_KEY) + 4 * !!(head[0] & GRE_SEQUENCE);
	tunnel->inner = tunnel->transport + size;
	tunnel->kind = WEIR_DECAP_GRE;
	return WEIR_DECAP_NONE;
}

static __always_inline enum weir_decap_reason parse_gue(struct __sk_buff *skb, struct tunnel *tunnel)
{
	__u32 zero = 0, at = tunnel->transport + sizeof(struct udphdr);
	struct weir_decap_settings *settings = bpf_map_lookup_elem(&decap_settings, &zero);
	struct gue_base base;
	struct udphdr udp;
	struct {
		__be32 flags;
		__be16 start;
		__be16 offset;
	} private;

	if (bpf_skb_load_bytes(skb, tunnel->transport, &udp, sizeof(udp)))
		return WEIR_DECAP_MALFORMED;
	if (!settings || udp.dest != bpf_htons(settings->gue_port))
		return WEIR_DECAP_NO_TUNNEL;
	if (bpf_skb_load_bytes(skb, at, &base, sizeof(base)))
		return WEIR_DECAP_MALFORMED;
	tunnel->has_checksum = udp.check != 0;
	tunnel->kind = WEIR_DECAP_GUE;
	/* Variant 1: no header of its own, the first bits are those of the IP version. */
	if (base.first >> 6 == 1) {
		tunnel->inner_version = base.first >> 4;
		tunnel->inner = at;
		return tunnel->inner_version == 4 || tunnel->inner_version == 6 ? WEIR_DECAP_NONE : WEIR_DECAP_UNKNOWN_FORM;
	}
	if (base.first >> 6 || base.first & GUE_CONTROL || !version_of(base.protocol))
		return WEIR_DECAP_UNKNOWN_FORM;
	tunnel->inner_version = version_of(base.protocol);
	tunnel->inner = at + sizeof(base) + (base.first & 0x1f) * 4;
	if (!(base.flags & GUE_PRIVATE))
		return base.flags ? WEIR_DECAP_UNKNOWN_FORM : WEIR_DECAP_NONE;
	if (base.flags != GUE_PRIVATE || (base.first & 0x1f) < 2 || bpf_skb_load_bytes(skb, at + sizeof(base), &private, sizeof(private)))
		return WEIR_DECAP_UNKNOWN_FORM;
	if (private.flags != GUE_REMOTE_CHECKSUM)
		return private.flags ? WEIR_DECAP_UNKNOWN_FORM : WEIR_DECAP_NONE;
	tunnel->has_remote_checksum = 1;
	tunnel->start = bpf_ntohs(private.start);
	tunnel->offset = bpf_ntohs(private.offset);
	return WEIR_DECAP_NONE;
}

static __always_inline enum weir_decap_reason parse_outer4(struct __sk_buff *skb, struct tunnel *tunnel)
{
	struct iphdr ip;

	if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)) || ip.version != 4 || ip.ihl < 5)
		return WEIR_DECAP_NO_TUNNEL;
	tunnel->outer_version = 4;
	tunnel->protocol = ip.protocol;
	tunnel->outer_ecn = ip.tos & ECN_MASK;
	tunnel->transport = ETH_HLEN + ip.ihl * 4;
	tunnel->length = ETH_HLEN + bpf_ntohs(ip.tot_len);
	tunnel->pseudo = bpf_csum_diff(NULL, 0, &ip.saddr, 8, 0);
	if (ip.frag_off & FRAGMENT_BITS)
		return WEIR_DECAP_FRAGMENT;
	return WEIR_DECAP_NONE;
}

static __always_inline enum weir_decap_reason parse_outer6(struct __sk_buff *skb, struct tunnel *tunnel)
{
	struct ipv6hdr ip;

	if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)) || ip.version != 6)
		return WEIR_DECAP_NO_TUNNEL;
	tunnel->outer_version = 6;
	tunnel->protocol = ip.nexthdr;
	tunnel->outer_ecn = ip.flow_lbl[0] >> 4 & ECN_MASK;
	tunnel->transport = ETH_HLEN + sizeof(ip);
	tunnel->length = tunnel->transport + bpf_ntohs(ip.payload_len);
	tunnel->pseudo = bpf_csum_diff(NULL, 0, (__be32 *)&ip.saddr, 32, 0);
	return WEIR_DECAP_NONE;
}

/* WEIR_DECAP_NONE for a tunnel whose headers are understood. */
static __always_inline enum weir_decap_reason parse_outer(struct __sk_buff *skb, struct tunnel *tunnel)
{
	enum weir_decap_reason reason = WEIR_DECAP_NO_TUNNEL;

	if (skb->protocol == bpf_htons(ETH_P_IP))
		reason = parse_outer4(skb, tunnel);
	else if (skb->protocol == bpf_htons(ETH_P_IPV6))
		reason = parse_outer6(skb, tunnel);
	if (reason == WEIR_DECAP_NO_TUNNEL)
		return reason;
	if (version_of(tunnel->protocol)) {
		tunnel->kind = WEIR_DECAP_IPIP;
		tunnel->inner_version = version_of(tunnel->protocol);
		tunnel->inner = tunnel->transport;
		return reason;
	}
	if (tunnel->protocol != IPPROTO_GRE && tunnel->protocol != IPPROTO_UDP)
		return WEIR_DECAP_NO_TUNNEL;
	if (reason != WEIR_DECAP_NONE)
		return tunnel->protocol == IPPROTO_GRE ? reason : WEIR_DECAP_NO_TUNNEL;
	return tunnel->protocol == IPPROTO_GRE ? parse_gre(skb, tunnel) : parse_gue(skb, tunnel);
}

/* The destination of the packet inside, and where its transport header is. */
static __always_inline enum weir_decap_reason parse_inner(struct __sk_buff *skb, struct tunnel *tunnel)
{
	struct iphdr ip4;
	struct ipv6hdr ip6;

	if (tunnel->inner_version == 4) {
		if (bpf_skb_load_bytes(skb, tunnel->inner, &ip4, sizeof(ip4)) || ip4.version != 4 || ip4.ihl < 5)
			return WEIR_DECAP_MALFORMED;
		ipv4_as_address(&tunnel->destination, ip4.daddr);
		tunnel->inner_protocol = ip4.frag_off & FRAGMENT_BITS ? 0 : ip4.protocol;
		tunnel->inner_transport = tunnel->inner + ip4.ihl * 4;
		return WEIR_DECAP_NONE;
	}
	if (bpf_skb_load_bytes(skb, tunnel->inner, &ip6, sizeof(ip6)) || ip6.version != 6)
		return WEIR_DECAP_MALFORMED;
	__builtin_memcpy(&tunnel->destination, &ip6.daddr, sizeof(tunnel->destination));
	tunnel->inner_protocol = ip6.nexthdr;
	tunnel->inner_transport = tunnel->inner + sizeof(ip6);
	return WEIR_DECAP_NONE;
}

#endif
