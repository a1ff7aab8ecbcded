/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a director can cost at the least: parse, one lookup in a preallocated hash whose key and value have the sizes of Weir's,
 * rewrite, transmit. It forwards nothing sensible; it is there to be compared with.
 */
#include "../../bpf/abi.h"
#include "frame.h"

union floor_key {
	__u8 bytes[sizeof(struct weir_flow4)];
	struct {
		__be32 source;
		__be32 target;
		__be16 source_port;
		__be16 target_port;
		__u8 protocol;
	};
};

union floor_value {
	__u8 bytes[sizeof(struct weir_connection4)];
	struct {
		__u16 target_mac[3];
		__u16 source_mac[3];
	};
};

/* Of established connections as many entries as Weir's table has: set when it is loaded. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, union floor_key);
	__type(value, union floor_value);
} floor_table SEC(".maps");

struct frame_headers {
	struct ethhdr *ethernet;
	struct iphdr *ip;
	struct tcphdr *tcp;
};

static __always_inline int parse(struct xdp_md *ctx, struct frame_headers *headers)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;

	headers->ethernet = data;
	headers->ip = data + sizeof(struct ethhdr);
	headers->tcp = (void *)(headers->ip + 1);
	if ((void *)(headers->tcp + 1) > end)
		return -1;
	if (headers->ethernet->h_proto != bpf_htons(ETH_P_IP) || headers->ip->version != 4 || headers->ip->ihl != 5 ||
	    headers->ip->protocol != IPPROTO_TCP)
		return -1;
	return 0;
}

static __always_inline void key_of(const struct frame_headers *headers, union floor_key *key)
{
	__builtin_memset(key, 0, sizeof(*key));
	key->source = headers->ip->saddr;
	key->target = headers->ip->daddr;
	key->source_port = headers->tcp->source;
	key->target_port = headers->tcp->dest;
	key->protocol = headers->ip->protocol;
}

static __always_inline void reply_key_of(const union floor_key *key, union floor_key *reply)
{
	*reply = *key;
	reply->source = key->target;
	reply->source_port = key->target_port;
	reply->target = key->source;
	reply->target_port = key->source_port;
}

/* MAC addresses, TTL and the checksum over it (RFC 1141). */
static __always_inline int transmit(const struct frame_headers *headers, const union floor_value *value)
{
	__u16 *mac = (__u16 *)headers->ethernet;
	__u32 checksum = headers->ip->check + bpf_htons(0x0100);

#pragma unroll
	for (int i = 0; i < 3; i++) {
		mac[i] = value->target_mac[i];
		mac[3 + i] = value->source_mac[i];
	}
	headers->ip->ttl--;
	headers->ip->check = checksum + (checksum >= 0xffff);
	return XDP_TX;
}

/* The entry of a packet's connection, if it is one. */
static __always_inline union floor_value *find(struct xdp_md *ctx, struct frame_headers *headers)
{
	union floor_key key;

	if (parse(ctx, headers))
		return NULL;
	key_of(headers, &key);
	return bpf_map_lookup_elem(&floor_table, &key);
}

/* Of an established connection. */
SEC("xdp")
int floor_established(struct xdp_md *ctx)
{
	struct frame_headers headers;
	union floor_value *value = find(ctx, &headers);

	return value ? transmit(&headers, value) : XDP_DROP;
}

/*
 * 400 instructions that lead to nothing and wait for nothing, four at a time: a packet comes to as many as with a director, and the processor
 * no longer sees the lookup of the next one while it waits for the memory of this one.
 */
static __always_inline void idle(void)
{
	__u64 a = 0, b = 0, c = 0, d = 0;

#pragma unroll
	for (int i = 0; i < 100; i++) {
		asm volatile("%0 += 1" : "+r"(a));
		asm volatile("%0 += 1" : "+r"(b));
		asm volatile("%0 += 1" : "+r"(c));
		asm volatile("%0 += 1" : "+r"(d));
	}
}

/* Of an established connection, with instructions that a director may need. */
SEC("xdp")
int floor_idle(struct xdp_md *ctx)
{
	struct frame_headers headers;
	union floor_value *value = find(ctx, &headers);

	idle();
	return value ? transmit(&headers, value) : XDP_DROP;
}

/* The header of IPv4 that a tunnel puts before the packet `inner` (RFC 2003); what Weir knows of the real server are constants here. */
static __always_inline void wrap(struct iphdr *outer, const struct iphdr *inner)
{
	__u16 *word = (__u16 *)outer;
	__u32 sum = 0;

	__builtin_memcpy(outer, inner, sizeof(*outer));
	outer->tot_len = bpf_htons(bpf_ntohs(inner->tot_len) + sizeof(*outer));
	outer->protocol = IPPROTO_IPIP;
	outer->check = 0;
	outer->saddr = bpf_htonl(0x0a010101);
	outer->daddr = bpf_htonl(0x0a010102);
#pragma unroll
	for (int i = 0; i < 10; i++)
		sum += word[i];
	sum = (sum & 0xffff) + (sum >> 16);
	outer->check = ~((sum & 0xffff) + (sum >> 16));
}

/* Of an established connection that goes through a tunnel: makes room, and wraps. */
SEC("xdp")
int floor_tunnel(struct xdp_md *ctx)
{
	struct frame_headers headers;
	union floor_value *value = find(ctx, &headers);
	struct iphdr *inner;

	if (!value || bpf_xdp_adjust_head(ctx, -(int)sizeof(*inner)))
		return XDP_DROP;
	headers.ethernet = (void *)(long)ctx->data;
	headers.ip = (void *)(headers.ethernet + 1);
	inner = headers.ip + 1;
	if ((void *)(inner + 1) > (void *)(long)ctx->data_end)
		return XDP_DROP;
	headers.ethernet->h_proto = bpf_htons(ETH_P_IP);
	transmit(&(struct frame_headers){ .ethernet = headers.ethernet, .ip = inner }, value);
	wrap(headers.ip, inner);
	return XDP_TX;
}

/* Of a new connection: a lookup that fails, and an entry for each direction. */
SEC("xdp")
int floor_new(struct xdp_md *ctx)
{
	union floor_value value = { .target_mac = { 2, 0, 1 }, .source_mac = { 2, 0, 2 } };
	struct frame_headers headers;
	union floor_key key, reply;

	if (parse(ctx, &headers))
		return XDP_PASS;
	key_of(&headers, &key);
	if (bpf_map_lookup_elem(&floor_table, &key))
		return XDP_DROP;
	reply_key_of(&key, &reply);
	if (bpf_map_update_elem(&floor_table, &key, &value, BPF_NOEXIST) ||
	    bpf_map_update_elem(&floor_table, &reply, &value, BPF_ANY))
		return XDP_DROP;
	return transmit(&headers, &value);
}

/* Learns what floor_established looks up: one entry, as a director has it that does not see replies. */
SEC("xdp")
int floor_learn(struct xdp_md *ctx)
{
	union floor_value value = { .target_mac = { 2, 0, 1 }, .source_mac = { 2, 0, 2 } };
	struct frame_headers headers;
	union floor_key key;

	if (parse(ctx, &headers))
		return XDP_PASS;
	key_of(&headers, &key);
	return bpf_map_update_elem(&floor_table, &key, &value, BPF_ANY) ? XDP_DROP : XDP_TX;
}

/* A packet that is nobody's: parsed and passed on. */
SEC("xdp")
int floor_pass(struct xdp_md *ctx)
{
	struct frame_headers headers;

	if (parse(ctx, &headers))
		return XDP_ABORTED;
	return headers.tcp->dest ? XDP_PASS : XDP_DROP;
}

/* Nothing: what the harness itself costs. */
SEC("xdp")
int floor_nothing(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_TX;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
