/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_PARSE_H
#define WEIR_PARSE_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include "abi.h"
#include "context.h"

#define IP_FRAGMENT 0x3fff /* more-fragments bit and offset */
#define TCP_FLAG_FIN_BIT 0x01
#define TCP_FLAG_SYN_BIT 0x02
#define TCP_FLAG_RST_BIT 0x04
#define TCP_FLAG_ACK_BIT 0x10

/* What the director needs to know of a frame; offsets count from its first byte. */
struct packet {
	struct weir_flow flow;
	__u32 transport;    /* offset of the TCP or UDP header */
	__u32 length;       /* IP length; of a super packet the sum, as the kernel counts it */
	__u32 header;       /* bytes of the IP header */
	__u8 tcp_flags;     /* the flag byte; 0 for UDP */
	__u8 super_packet;
};

struct headers {
	struct ethhdr *ethernet;
	struct iphdr *ip;
	void *transport;
};

/* Points at the headers if Ethernet, IP and `size` bytes of transport header are inside the frame; else -1. */
static __always_inline int headers_at(struct weir_context *ctx, __u32 transport, __u32 size, struct headers *headers)
{
	void *data = context_data(ctx);
	void *end = context_end(ctx);

	if (data + sizeof(struct ethhdr) + sizeof(struct iphdr) > end)
		return -1;
	headers->ethernet = data;
	headers->ip = data + sizeof(struct ethhdr);
	if (transport > sizeof(struct ethhdr) + 60)
		return -1;
	headers->transport = data + transport;
	return headers->transport + size > end ? -1 : 0;
}

/*
 * Fills `packet`, or says why the frame is not for the director. RFC 791: the header length counts words of four bytes; options
 * stay where they are.
 */
static __always_inline __u32 parse(struct weir_context *ctx, struct packet *packet)
{
	void *data = context_data(ctx);
	void *end = context_end(ctx);
	struct ethhdr *ethernet = data;
	struct iphdr *ip = data + sizeof(*ethernet);
	struct headers headers;
	__u32 header, length;

	if ((void *)(ip + 1) > end)
		return WEIR_REASON_NOT_IP;
	if (ethernet->h_proto != bpf_htons(ETH_P_IP))
		return WEIR_REASON_NOT_IP;
	if (!context_for_us(ctx, ethernet))
		return WEIR_REASON_NOT_FOR_US;
	header = ip->ihl * 4;
	if (ip->version != 4 || header < sizeof(*ip))
		return WEIR_REASON_MALFORMED;
	if (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP)
		return WEIR_REASON_PROTOCOL;
	if (ip->frag_off & bpf_htons(IP_FRAGMENT))
		return WEIR_REASON_FRAGMENT;

	packet->super_packet = context_is_super_packet(ctx);
	length = packet->super_packet ? context_length(ctx) - sizeof(*ethernet) : bpf_ntohs(ip->tot_len);
	packet->header = header;
	packet->length = length;
	packet->transport = sizeof(*ethernet) + header;
	packet->flow.source = ip->saddr;
	packet->flow.target = ip->daddr;
	packet->flow.protocol = ip->protocol;
	packet->flow.zero[0] = packet->flow.zero[1] = packet->flow.zero[2] = 0;
	if (length + sizeof(*ethernet) > context_length(ctx))
		return WEIR_REASON_MALFORMED;

	if (ip->protocol == IPPROTO_TCP) {
		struct tcphdr *tcp;

		if (length < header + sizeof(*tcp) || headers_at(ctx, packet->transport, sizeof(*tcp), &headers))
			return WEIR_REASON_MALFORMED;
		tcp = headers.transport;
		packet->flow.source_port = tcp->source;
		packet->flow.target_port = tcp->dest;
		packet->tcp_flags = ((__u8 *)tcp)[13];
	} else {
		struct udphdr *udp;

		if (length < header + sizeof(*udp) || headers_at(ctx, packet->transport, sizeof(*udp), &headers))
			return WEIR_REASON_MALFORMED;
		udp = headers.transport;
		packet->flow.source_port = udp->source;
		packet->flow.target_port = udp->dest;
		packet->tcp_flags = 0;
	}
	return WEIR_REASON_NONE;
}

/*
 * The stack checks the IP header's checksum before IPVS sees a packet (ip_rcv_core); a program in front of the stack does it
 * itself. A right header sums to 0xffff with its checksum included (RFC 1071).
 */
static __always_inline int ip_checksum_is_right(struct weir_context *ctx, const struct packet *packet)
{
	__u16 *word = context_data(ctx) + sizeof(struct ethhdr);
	__u32 header = packet->header;
	__u8 copy[60] = {};
	__u32 sum = 0;

	if (header == sizeof(struct iphdr)) {
		if ((void *)word + sizeof(struct iphdr) > context_end(ctx))
			return 0;
#pragma unroll
		for (int i = 0; i < 10; i++)
			sum += word[i];
	} else {
		if (header < sizeof(struct iphdr) || header > sizeof(copy))
			return 0;
		if (context_load(ctx, sizeof(struct ethhdr), copy, header))
			return 0;
		sum = bpf_csum_diff(NULL, 0, (__be32 *)copy, sizeof(copy), 0);
	}
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

#endif
