/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The header of IPv4. Included by parse.h. */
#ifndef WEIR_PARSE_IPV4_H
#define WEIR_PARSE_IPV4_H

#define IP_FRAGMENT 0x3fff /* more-fragments bit and offset */

/*
 * Everything of the IP header, or why the frame is not for the director. RFC 791: the header length counts words of four bytes;
 * options stay where they are.
 */
static __always_inline __u32 parse_ip(struct weir_context *ctx, struct packet *packet)
{
	void *data = context_data(ctx);
	struct ethhdr *ethernet = data;
	struct iphdr *ip = data + sizeof(*ethernet);
	__u32 header;

	if ((void *)(ip + 1) > context_end(ctx) || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return WEIR_REASON_NOT_IP;
	if (!context_for_us(ctx, ethernet))
		return WEIR_REASON_NOT_FOR_US;
	header = ip->ihl * 4;
	if (ip->version != 4 || header < sizeof(*ip))
		return WEIR_REASON_MALFORMED;
	packet->super_packet = context_is_super_packet(ctx);
	packet->length = packet->super_packet ? context_length(ctx) - sizeof(*ethernet) : bpf_ntohs(ip->tot_len);
	packet->transport = sizeof(*ethernet) + header;
	packet->ttl = ip->ttl;
	packet->tos = ip->tos;
	packet->flow.source[0] = ip->saddr;
	packet->flow.target[0] = ip->daddr;
	packet->flow.protocol = ip->protocol;
	packet->whole = !!(ip->frag_off & bpf_htons(IP_DF));
	if (packet->length < header || packet->length + sizeof(*ethernet) > context_length(ctx) + packet->rest)
		return WEIR_REASON_MALFORMED;
	if (ip->frag_off & bpf_htons(IP_FRAGMENT))
		return WEIR_REASON_FRAGMENT;
	return is_balanced(ip->protocol) ? WEIR_REASON_NONE : WEIR_REASON_PROTOCOL;
}

/* The sum over a header with options, 0 if there is no such header. Not inlined: few packets have any, and all others spare the copy. */
static __noinline __u64 ip_sum_with_options(struct weir_context *ctx, __u32 header)
{
	__u8 copy[60] = {};

	if (header < sizeof(struct iphdr) || header > sizeof(copy) || context_load(ctx, sizeof(struct ethhdr), copy, header))
		return 0;
	return (__u32)bpf_csum_diff(NULL, 0, (__be32 *)copy, sizeof(copy), 0);
}

/*
 * The stack checks the IP header's checksum before IPVS sees a packet (ip_rcv_core); a program in front of the stack does it
 * itself. A right header sums to 0xffff with its checksum included (RFC 1071).
 */
static __always_inline int ip_checksum_is_right(struct weir_context *ctx, const struct packet *packet)
{
	__u32 *word = context_data(ctx) + sizeof(struct ethhdr);
	__u32 header = packet->transport - sizeof(struct ethhdr);
	__u64 sum = 0;

	if (header == sizeof(struct iphdr)) {
		if ((void *)word + sizeof(struct iphdr) > context_end(ctx))
			return 0;
#pragma unroll
		for (int i = 0; i < 5; i++)
			sum += word[i];
	} else {
		sum = ip_sum_with_options(ctx, header);
	}
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

#endif
