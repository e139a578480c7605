#!/usr/bin/python3
# seed.py DC_DIR [bulk users]: the ward's users and groups, straight into sam.ldb (DC running or stopped)
import sys, time
from samba.samdb import SamDB
from samba.auth import system_session
from samba.param import LoadParm
from samba.dcerpc import security
import ldb
dcdir = sys.argv[1]
lp = LoadParm(); lp.load(dcdir + '/etc/smb.conf')
db = SamDB(url=dcdir + '/private/sam.ldb', session_info=system_session(), lp=lp)
base = str(db.domain_dn())
PW = 'Ward-Pass-2024!'
def mod(dn, controls=None, **kw):
    m = ldb.Message(); m.dn = ldb.Dn(db, dn)
    for k, v in kw.items():
        m[k] = ldb.MessageElement(v, ldb.FLAG_MOD_REPLACE, k)
    db.modify(m, controls or [])
for ou in ('Trust', 'People,OU=Trust', 'Groups,OU=Trust', 'Services,OU=Trust'):
    db.create_ou('OU=%s,%s' % (ou, base))
P = 'OU=People,OU=Trust'; S = 'OU=Services,OU=Trust'; G = 'OU=Groups,OU=Trust'
def user(sam, given, sur, ou=P, pw=PW, **kw):
    db.newuser(sam, pw, givenname=given, surname=sur, userou=ou, useusernameascn=True, mailaddress='%s@ward.example.nhs' % sam, **kw)
    return 'CN=%s,%s,%s' % (sam, ou, base)
users = {}
for sam, g, s in [('a.ward','Alice','Ward'), ('b.rad','Bob','Radley'), ('n.oakes','Nia','Oakes'), ('ig.lead','Ines','Graham'),
                  ('locked.out','Lock','Out'), ('disabled','Dis','Abled'), ('expired.acct','Ex','Pired'), ('must.change','Must','Change'),
                  ('pw.expired','Pw','Expired'), ('no.hours','No','Hours'), ('wks.only','Wks','Only'), ('smartcard','Smart','Card'),
                  ('pso.user','Pso','User'), ('chg.pw','Chg','Pw'), ('prot.user','Prot','User'), ('paren(user)','Odd','Name'), ('nested.only','Nes','Ted'),
                  ('it.help','Ira','Help'), ('lock.twice','Lock','Twice'), ('j.twin','Jo','Twin'), ('k.twin','Kit','Twin')]:
    users[sam] = user(sam, g, s)
users['svc.lanyard'] = user('svc.lanyard','Service','Lanyard', ou=S)
users['svc.epr'] = user('svc.epr','Service','EPR', ou=S)
users['svc.idp'] = user('svc.idp','Service','Identity Provider', ou=S)
for g in ('Clinicians','Radiology','Audit-Readers','IG-Team','IT-Support','Ward-Password-Policy'):
    db.newgroup(g, groupou=G)
gdn = lambda g: 'CN=%s,%s,%s' % (g, G, base)
def members(g, ms): db.add_remove_group_members(g, ms, add_members_operation=True)
members('Clinicians', ['a.ward','Radiology'])
members('Radiology', ['b.rad','nested.only'])
members('Audit-Readers', ['IG-Team'])
members('IG-Team', ['ig.lead'])
members('IT-Support', ['it.help'])
members('Protected Users', ['prot.user'])
uac = 512
# one local part, two people: j.twin@trust.example (another UPN suffix) is k.twin, not j.twin
mod(users['k.twin'], userPrincipalName='j.twin@trust.example')
mod(users['disabled'], userAccountControl=str(uac|2))
mod(users['smartcard'], userAccountControl=str(uac|0x40000))
nt = lambda t: str(int((t + 11644473600) * 10_000_000))
mod(users['expired.acct'], accountExpires=nt(time.time() - 86400*3))
mod(users['must.change'], pwdLastSet='0')
mod(users['no.hours'], logonHours=b'\x00'*21)
mod(users['wks.only'], userWorkstations='WARD7-PC1')
BYPASS = ['local_oid:1.3.6.1.4.1.7165.4.3.12:0']
mod(users['pw.expired'], controls=BYPASS, pwdLastSet=nt(time.time() - 86400*60))
# domain policy: 42 day max age, lockout after 3 in 30 min; no min age so a test may change twice
mod(base, maxPwdAge=str(-42*86400*10**7), minPwdAge='0', lockoutThreshold='3', lockoutDuration=str(-30*60*10**7), lockOutObservationWindow=str(-30*60*10**7))
# fine grained PSO on a group
pso = 'CN=Ward-PSO,CN=Password Settings Container,CN=System,%s' % base
db.add({'dn': pso, 'objectClass': 'msDS-PasswordSettings', 'msDS-PasswordSettingsPrecedence': '10', 'msDS-PasswordReversibleEncryptionEnabled': 'FALSE',
  'msDS-PasswordHistoryLength': '5', 'msDS-PasswordComplexityEnabled': 'TRUE', 'msDS-MinimumPasswordLength': '14', 'msDS-MinimumPasswordAge': '0',
  'msDS-MaximumPasswordAge': str(-10*86400*10**7), 'msDS-LockoutThreshold': '8', 'msDS-LockoutObservationWindow': str(-10*60*10**7), 'msDS-LockoutDuration': str(-10*60*10**7),
  'msDS-PSOAppliesTo': gdn('Ward-Password-Policy')})
members('Ward-Password-Policy', ['pso.user'])
# service principals for an embedded web app and for the identity provider (idp/)
for sam in ('epr', 'idp'):
    mod(users['svc.' + sam], servicePrincipalName='HTTP/%s.ward.example.nhs' % sam, **{'msDS-SupportedEncryptionTypes': '24'}, userAccountControl=str(uac|0x10000))
mod(users['svc.lanyard'], userAccountControl=str(uac|0x10000))
# the DC's own LDAP SPNs (normally added by the dnsupdate service, which we do not run)
m = ldb.Message(); m.dn = ldb.Dn(db, 'CN=DC1,OU=Domain Controllers,%s' % base)
m['s'] = ldb.MessageElement(['ldap/dc1.ward.example.nhs', 'ldap/DC1', 'ldap/dc1.ward.example.nhs/ward.example.nhs'], ldb.FLAG_MOD_ADD, 'servicePrincipalName')
db.modify(m)
# many users, for paging
if len(sys.argv) > 2:
    for i in range(int(sys.argv[2])): user('bulk%04d' % i, 'Bulk', str(i))
print('seeded', base)
