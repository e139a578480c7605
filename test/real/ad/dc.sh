#!/usr/bin/env bash
# dc.sh provision|start|stop|snapshot|restore|copy|hang : a private Samba AD domain controller bound to one loopback address (needs root).
# Started by domainController.ts; by hand: DC_DIR=… dc.sh start
set -euo pipefail
: "${DC_DIR:?where the domain controller keeps its files}" "${DC_IP:=127.0.88.10}" "${DC_PASS:=Adm1n-Passw0rd!}"
REALM=WARD.EXAMPLE.NHS; DNSDOM=ward.example.nhs; NB=WARD; HOST=dc1
CONF=$DC_DIR/etc/smb.conf
conf() {
cat > "$1" <<C
[global]
	netbios name = ${HOST^^}
	realm = $REALM
	workgroup = $NB
	server role = active directory domain controller
	# one loopback address only; ports stay the standard ones
	interfaces = $DC_IP/8
	bind interfaces only = yes
	# no SMB, no NetBIOS, no replication: LDAP, Kerberos, DNS (rpc is needed by nothing we test)
	server services = ldap, cldap, kdc, dns
	dcerpc endpoint servers = -winreg -srvsvc
	dns forwarder = 0.0.0.0
	prefork children = 1
	private dir = $DC_DIR/private
	state directory = $DC_DIR/state
	lock directory = $DC_DIR
	cache directory = $DC_DIR/cache
	binddns dir = $DC_DIR/bind-dns
	pid directory = $DC_DIR/run
	ncalrpc dir = $DC_DIR/run/ncalrpc
	winbindd socket directory = $DC_DIR/run/winbindd
	ntp signd socket directory = $DC_DIR/run/ntp_signd
	logging = file
	log file = $DC_DIR/log.samba
	log level = 1 auth_audit:3
	max log size = 0
	tls enabled = yes
	tls keyfile = $DC_DIR/tls/dc.key
	tls certfile = $DC_DIR/tls/dc.crt
	tls cafile = $DC_DIR/tls/ca.crt
	ldap server require strong auth = yes
	# else the old password goes on binding for an hour after a change
	old password allowed period = 0
	idmap_ldb:use rfc2307 = yes
[sysvol]
	path = $DC_DIR/state/sysvol
	read only = No
[netlogon]
	path = $DC_DIR/state/sysvol/$DNSDOM/scripts
	read only = No
C
}
certs() {
  local t=$DC_DIR/tls; mkdir -p "$t"; chmod 700 "$t"
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=Ward Test CA" -keyout $t/ca.key -out $t/ca.crt \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
  # dc2 is a second name for the same controller: tests of failover put a relay, a black hole or nothing behind dc1
  openssl req -newkey rsa:2048 -nodes -subj "/CN=$HOST.$DNSDOM" -keyout $t/dc.key -out $t/dc.csr 2>/dev/null
  printf 'subjectAltName=DNS:%s,DNS:%s,DNS:%s,IP:%s\nextendedKeyUsage=serverAuth\n' $HOST.$DNSDOM dc2.$DNSDOM $DNSDOM $DC_IP > $t/ext
  openssl x509 -req -in $t/dc.csr -CA $t/ca.crt -CAkey $t/ca.key -CAcreateserial -days 3650 -extfile $t/ext -out $t/dc.crt 2>/dev/null
  chmod 600 $t/*.key
}
krb5() {
cat > $DC_DIR/krb5.conf <<C
[libdefaults]
	default_realm = $REALM
	dns_lookup_realm = false
	dns_lookup_kdc = false
	dns_canonicalize_hostname = false
	rdns = false
	udp_preference_limit = 1
[realms]
	$REALM = {
		kdc = $DC_IP
		admin_server = $DC_IP
		kpasswd_server = $DC_IP
	}
[domain_realm]
	.$DNSDOM = $REALM
	$DNSDOM = $REALM
C
}
# our own controller, if it runs: the recorded process id, and started when it was (samba changes its command line)
PID_FILE=$DC_DIR.pid
started_at() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
running() {
  local p at; [ -f "$PID_FILE" ] && read -r p at < "$PID_FILE" || return 1
  # a zombie (nobody reaps it here) counts as gone
  grep -q '^State:[[:space:]]*[A-Y]' "/proc/$p/status" 2>/dev/null || return 1
  [ "$(started_at "$p")" = "$at" ] && echo "$p"
}
# all of it at once (setsid made one process group): a polite end takes 1.5 s, and the files are restored anyway
stop() {
  local p; p=$(running) || return 0
  kill -KILL -- -"$p" 2>/dev/null || true
  for _ in $(seq 1 200); do running >/dev/null || { rm -f "$PID_FILE"; return 0; }; sleep 0.02; done
  echo "process $p does not end"; return 1
}
case "${1:-}" in
provision)
  rm -rf "$DC_DIR"; mkdir -p "$DC_DIR/etc" "$DC_DIR/run"
  printf '[global]\n' > "$DC_DIR/etc/empty.conf"
  # -s: do not inherit Debian's /etc/samba/smb.conf
  samba-tool domain provision -s "$DC_DIR/etc/empty.conf" --realm=$REALM --domain=$NB --server-role=dc \
    --dns-backend=SAMBA_INTERNAL --adminpass="$DC_PASS" --host-name=$HOST --host-ip=$DC_IP \
    --targetdir="$DC_DIR" --use-rfc2307 > "$DC_DIR/provision.log" 2>&1 || { tail -20 "$DC_DIR/provision.log"; exit 1; }
  conf "$CONF"; certs; krb5 ;;
start)
  stop # left over from a run that was killed
  mkdir -p "$DC_DIR/run"
  setsid samba -F --no-process-group -s "$CONF" -M "${DC_MODEL:-prefork}" </dev/null > "$DC_DIR/out.log" 2>&1 &
  pid=$!; echo "$pid $(started_at $pid)" > "$PID_FILE"
  for _ in $(seq 1 200); do
    running >/dev/null || { echo 'samba died'; tail -20 "$DC_DIR/log.samba" "$DC_DIR/out.log"; exit 1; }
    if (exec 3<>/dev/tcp/$DC_IP/636) 2>/dev/null && (exec 3<>/dev/tcp/$DC_IP/88) 2>/dev/null && (exec 3<>/dev/tcp/$DC_IP/53) 2>/dev/null; then exit 0; fi
    sleep 0.05
  done; echo 'not ready in 10 s'; tail -20 "$DC_DIR/log.samba" "$DC_DIR/out.log"; exit 1 ;;
stop) stop ;;
snapshot) tar -C "$DC_DIR" --exclude=./run --exclude=./log.samba -cf "$DC_DIR.tar" . ;;
restore) stop; rm -rf "$DC_DIR"; mkdir -p "$DC_DIR"; tar -C "$DC_DIR" -xf "$DC_DIR.tar" ;;
# the same domain once more on another address: its own database, nothing replicated, known as dc2 by its certificate
copy)
  stop; rm -rf "$DC_DIR"; mkdir -p "$DC_DIR"; tar -C "$DC_DIR" -xf "${DC_SNAPSHOT:?snapshot of the first controller}"
  conf "$CONF" ;;
# hung: the kernel goes on accepting connections, nobody answers
hang) kill -STOP -- -"$(running)" ;;
*) echo "usage: DC_DIR=… $0 provision|start|stop|snapshot|restore|copy|hang"; exit 2 ;;
esac
