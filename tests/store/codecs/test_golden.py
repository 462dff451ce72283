"""Bodies written by earlier versions: every one of them still loads.

When the form changes, add an entry with what the new version writes; never change one that is here.
"""

import base64
import zlib
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from email import message_from_bytes
from fractions import Fraction
from pathlib import PurePosixPath
from types import SimpleNamespace
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from workbench.store.codecs import dump, load, same

CELL = """
import enum, re
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar
from pydantic import BaseModel

T = TypeVar("T")

@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: Any = None

class Color(enum.Enum):
    RED = 1

class Pair(NamedTuple):
    left: int
    right: Any

class Mail(BaseModel):
    sender: str
    day: Any = None

class Box(BaseModel, Generic[T]):
    item: T
"""


def values(cell):
    """What the bodies hold; extend a new version's by writing a new function."""
    part = [1]
    loop = [part]
    loop.append(loop)
    frame = pd.DataFrame(
        {
            "n": [1, 2],
            "f": [1.5, np.nan],
            "s": pd.array(["x", None], dtype="string"),
            "o": pd.Series([{"a": part}, None], dtype=object),
            "c": pd.Categorical(["a", None], ["b", "a"], ordered=True),
            "t": pd.to_datetime(["2024-01-01", None]).tz_localize("Europe/Berlin").as_unit("us"),
            "i": pd.array([1, None], dtype="Int64"),
            "z": [1j, 2],
        },
        index=pd.MultiIndex.from_product([["k"], [1, 2]], names=["a", None]),
    )
    frame.attrs["source"] = "x"
    base = np.arange(4.0)
    return {
        "scalars": [None, True, 1, -0.0, float("nan"), "größe", b"x", 2**70, 1j, ...],
        "texts": ["\ud800", "x" * 20_000, b"y" * 5000, bytearray(b"z")],
        "containers": [(1,), {1: "a"}, {"k": {2}}, frozenset({3}), range(1, 9, 2), slice(1, None)],
        "collections": [OrderedDict(a=1), Counter("aa"), defaultdict(list, a=[1]), deque([1], 2)],
        "aliases": {"part": part, "loop": loop, "space": SimpleNamespace(part=part)},
        "times": [
            date(2024, 1, 2),
            datetime(2024, 10, 27, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1),
            time(1, 2, tzinfo=UTC),
            timedelta(1, 2, 3),
        ],
        "numbers": [Decimal("1.10"), Fraction(1, 3), UUID(int=5), PurePosixPath("a/b")],
        "pattern": cell["re"].compile("a+", cell["re"].IGNORECASE),
        "instances": [
            cell["Point"](1.5, part),
            cell["Color"].RED,
            cell["Pair"](1, [2]),
            cell["Mail"](sender="a", day=date(2024, 1, 1)),
            cell["Box"][cell["Mail"]](item=cell["Mail"](sender="b")),
            cell["Box"][int | None](item=None),
        ],
        "references": [base64, message_from_bytes, OrderedDict, list[int]],
        "arrays": [
            base,
            base[1:3],
            np.array([[1], None], dtype=object),
            np.array(["2024"], dtype="M8[s]"),
            np.float32(1.5),
            np.arange(2000),
        ],
        "frame": frame,
        "series": pd.Series(
            [1, 2], name=("a", 1), index=pd.date_range("2024", periods=2, freq="D")
        ),
        "indexes": [pd.RangeIndex(1, 9, 2, name="n"), pd.Index([1.5, 2]), pd.interval_range(0, 2)],
        "stamps": [
            pd.NA,
            pd.NaT,
            pd.Timestamp("2024-01-01", tz="UTC").as_unit("ms"),
            pd.Period("2024", "M"),
        ],
        "table": pa.table({"a": [1, None], "b": [["x"], []]}),
    }


GOLDEN = {
    "1": [
        r"""
c-rk*&2JmW6`xsBHZ91gPzZqzIk39OMP-Fl1lJV|SWTTG1?omMS~NuvFvH!Uw9RsNySr2=CqZbZD11nPaF=m{UTRugQL-!`a
f|fQ0};|EwP+4Sl2iVHwm=R&=up6YGrLPKS4)bFlRyQ!!f3wVym{|8@4XrRy1tH^qC!lQnm297<;Cq>u1I7xmvdJ%S+(qXxx
R6@?|Yh}8E+nHZ>$j6up0_3Sgs+ju33jiTqd$&Z<$n;sIe&#pxs=hDm7#=I&||Xtz3<rUv0=1Egmt`zO5PE<?|(3v1HZUge_
H@s%EXp>Z(U(%UmM{l^kGOHmxf5a@+RXQBc6OUA0uyH|B|9kc~}M->7zOIY0X8<&~dfw2oe$m8dBivrFmOS4!F0x%6y7Gc1F
sIn98rLi_iLVp3=aayo_jnI{+KzB!kEHU0U&an$pDcF`{^ds%9^y|qr15;Z?XlTA}33NcJ?f4^(B@qWc0zW>^RS7@#p?f2Wi
ryX3jnW#FamIK;OQ`CyOLd*L>%l^gByh3%GDvGR|vgum1Z22qH>`l`$I*EVXs_+uB-Ta0{O>FP5oJ+BTuig<g)dH>2fU}#nY
n5OjrU^+FEgRQ~SGrbz2`EvkD%d*(L%T{<R!P)ckn$?Ur-YhoDzZp%tF<d?ib6$8*3>RLcex^{l=Em2Y{QmHsznW`2+poV3#
6o2es2H=o;j{We^~;SgeFmB0_Vl!==Fw9466&3hN5YD7cZ`<6Or0GDk)N4yw*F~wd5l0a<?ZDi?Wt^R=Bf}Sy()q$)3$D)ZX
jqVTC{N-fZUV!nc2tSy*~9vy{nTd;6-UQduo%dry}PO{Y&hMGZw(YY!>2f7_Yt63oeDkn>(o2b*2H*V80X#Uh~KR$Mz45=}S
|`L5z>c2lCFTqH^(JD<%spd;dG04JPAsU%CC$zHsov6j=+iM6K4`Ms5rL02?WF0VktCV3*ydO$g<bH||be)%@}*31r^V~eO_
AiJBj9pH}egN`cK>*f86KAgdF1;Va1C@_mRuRMJTJG)FJQjWt+u>BKX6>8i1hD20L78BQf3sooFM)gxp_Vs(YTrepI*f&Tn*
ZNbatsqlHGIIdbT#kb`Z2SHg8mJrcI?#sc57|gw;}$B8uRNRI8h!byPauBj&q0rKc+^J5yp4Rp^Z^$IIM5G~P_ws+np9HgRv
ymixkYEEJHn;l8kBo*;7qbgb6`G-Ic|<ZW5Pyb_gT+aTw)fe0p0>^06+TGIF}M_<J@d<6W0Z4)O)-YU{mN+V%^Av!ug@xNaj
(!NP4`Qtfo-=c(W)}Q>pe_VHTTO{uiJw6Z}D7ty}FFFMT7P_si#>H(wZv{p_Q$KVCsLW%j7;-1V6AT=C|G!eS>0=Jn!XriHc
(=CerOzN-^eBIZ1=-A_~=!1p3X$TOwmXab!;V<?4qD1eht2fq)02qpdh2u2|EA4q?O^d_ViAualSb3hL!3XI;A-^NKnk|90L
`w?b=z;oW%@wl-Tq~Gv<0aXUj6d~z8O~&6{Z|oEsI~^Ho@_LfD{oNavh#Oac9i||i;4K2kW{THOa%oKZvhw(OJTh11@|u8jl
FKXDE0gmL?D5aO3G|pR=?P91C6b(vO4pf<Lw$lvo$2DA$kUM!a(Aau|8Fvq_iImwcxT@kKcDUm{kr|nMCb+efUlLv_~#<)tw
s9v7(P!#_K616@reC+;JgDr;yri`N9aZ8m4o_&-gflLZ@=@==@UV%g8R&W;9(ZMW4rvUB0tB@4mdIhMZs$b&K3l^aI<LY8*r
4hU$t#lgxJ`$yAgJ`P}>#3i>+#KeIZKXW^l}9aL#2{S0Ey;w(jF)wycguJMP#&c72XP>`}{vj#{wYchJ%BPxpcU4`bk;7y$q
2NG?QFDfF2ag+-q9sw<=&6xGfLt+wN`uvbd<3!X#M$3WpMY;=F1TIUvRW~KYw|1OBxb3^%+FZ=$7P(NJh#~oKIN8l<oB(9!`
<f#aDQbXb@SR>fSSjhCT?_`9&S}-+;B(DyK!-$%Sa1E91I%(Ol`m2-s`22BK;Pep+#6v1D>i=*=N%#l_zJx|G2>s5>88*HA#
fm#N9LWp{M}`plWFN6#h_T1Q5Mu9Vf1~Fk5O3feTXyGq{NtFM{c3C@GmgiA2i)=>ueMCBWQeq0Zo?Jakg56ho{u%J`hSp(3^
M<v5G*C`cW~2Rf}I?Xx0AhhkmDvxl>Wx#$1KjR9Gv|J<WX7HFL^kvw3}Rn!JCQ`kt}~}t=3h1O86>ep7@`XdCwgMEgv$HeIz
Kn%SPV9qf5~9x?hJpEW;^i;S*0YOYj#zOqmWi#@@?7U>OA8OEa1s;3KdeUt_nwfL)6k>qOy_{_d44&;D$w>s6Onl#F}}lk~X
^UK?g1y*y)<^45k<XO_}4G7F|>=F&5wqM1};P5g(WnO8Y~QQAdn5%$=NLQ%<wq1T4#NQlO1u@~&nE5;y8nGVfoIr}9G^|6+L
Mf&6su1QJ^;>OVM->|O+L6kM@Egc<kn-&H{RsKEc{QxA-a~;p6xh`I4LCi&pdhlXf-SHu%lIopq(W<@cm-%lbY{K7Q@i#vB@
xRgSqB+7Z7f#@0b#Stp^jG0V{jzJ3Ja~;gKkA$3)%(IU+sua}nk~UsV)Efr*2Gi@h&UAP<{^CoWBjMAv8ZciIeYC6gL@RWP6
oL3gCRhAz7I&>hym%z7;vN_pquV<$DfEiU7<)lpp%IS`4dAtB^~t?ga%w8aOkNh0QY|ZbVqhm
""",
        r"""
c-rm3F#!Mo0K%Z!i*F4Npa1{>00000000000000000000cray0p&b
""",
        r"""
c-rm3F#!Mo0K%Z$Yi|lapa1{>0D!jv<s3WE
""",
        r"""
c-o!YLl7X!k^sOzwr$(CZQHhO+qP}nwr$(<-dOuLBKI=KtxHDNp|2fXm{hh(nesIP{HN=GdL?Vzq*J4g$#TX|mb*pvWU1pPY
uc`3=Z+29)@#?Xag+be7j4kGQ<MMZJ2h|6zR7>j$up);pFVYp)babo|NlnF|A+t#$UqFtAPmZ249*bzzY9Y#G{Z0~!!bM~Fd
`!{GNUjmqcJ*TFeYO$HsdfZ<1s!HFd-8$F_SPUlQB6{FeOtlHPbLH(=k0WFe5WDGqW%&voSk!Feh^{H}fzr^D#dQupkSuFpI
D#i?KLMup~>dG|R9o%dtEwup%q5GOMsEtFbz3uqJD<HtVo1>#;r?upt|<F`KX{o3S}tuq9iuHQTT)+p#@6up>LMGrO=WyRkc
auqS)5H~X+J`>{U<a3BY9Fo$p`hjBPZa3n`@G{<l($8kI-a3UvhGN*7Vr*S%Ga3*JQHs^3I=W#w4a3L3QF_&;DmvK2)a3xo9
HP>)0*Ks{Ja3eQyGq-Rnw{bgna3^<hH}`Na_i;ZD@E{NIFpuykkMTH9@FY+1G|%uX&+$Aj@FFkqGOzF|ukku>@Fs8ZHt+B*@
9{n#@F5@ZF`w`$pYb_g@FidIHQ(?p-|;;^@FV}>zx>3{{KBvN#_#;WpZvw&{PWktAAkWFh=Cb|K^cs}8G<1hilG^XVHu9$8G
#WQiIEwFQ5lWV8G|tyi?JDpaT$;CnScqIh>4kmNtukvnSv>qim91~X_=1cnSmLZiJ6&&S(%O5nS(i*i@BMHd6|#-S%3vuh=o
~%MOlo+S%M{5ilteGWm%5pS%DQ<iIrJ}RauSIS%WoMi?vyYby<(~*?<k%h>h8VP1%gi*@7+Eimlm(ZP||P*?}F|iJjSnUD=J
@*@HdVi@n*0ec6xwIe-H>h=VzVLphAYIf5fOilaG(V>yoFIe`;7iIX{nQ#p;(IfFAfi?cb0b2*Rmxqu6~h>N*|OSz28xq>UX
imSPXYq^f=xq%zGiJQ5FTe*$fxq~~oi@Ujpd%2JMd4LCbh=+NEM|q6Ld4eZ-il=#oXL*k2d4U&siI;hWS9y)sd4o53i??})c
X^NZ`G61kh>!V%Px*|``GPO`im&;GZ~2bz`GFt#5C7#Se&!c`<u`uk5B}sY{^p;*KKua~kbxMOK^T<57@Q#(lA#!yVHlR-7@
iRrk&zggQ5coc7@aW~ld%|^aTu5J7@rB4kcpU>Ntl$$n4Bq?lBt-QX_%Jjn4TG!k(rp8S(ugCn4LM8lew6id6<{^n4bk$kcC
*7MOc)@SezwTlBHOhWmuNwSe_MFk(F4PRalkPSe-RkleJizby%16Sf35pkd4@wP1uyp*qklclC9X9ZP=FW*q$BOk)7C?UD%b
~*quGtlfBrReb|@%*q;M9kb^jwLpYSfIGiImlA}19V>p)MIGz(Yk&`%?Q#h5=IGr;%le0LRb2yjtIG+o+kc+sOOSqKFxST7v
lB>9yYq*x{xSkuhk(;=gTey|mxScz=le@T^d$^bTxSt1jkcW7fM|hOSc$_DAlBal@XLy$9c%Bz{k(YRxS9q1zc%3(Rlec)Ac
X*fgc%KjWkdOG7PxzG2_?$2JlCSuhZ}^t)_?{p5k^k^te&T0-;a7g+cmCi{{^D=``K!<$fB_kZff<BB8H~Xhf*~1-p&5o@8I
Iu@fe{&rkr{<i8I92ygE1M4u^ESP8ISRqfC-t1iJ62+nT*Mqf+?AbshNgpnU3k1ff<>JnVE%InT^?*gE^UtxtWJ~nUDEdfCX
8Ig;|6}S&YS5f+bmsrCEk$S&rpdffZSam05*VS&h|MgEd);wONOCS&#MEfDPG*joE}v*^JHEf-TvKt=Wcc*^cemfgRb2o!Nz
5*^S-VgFV@cz1fF-*^m7>fCD**gE@plIgG<Of+IPKqdA6SIgaBwffG52lR1S`IgQgfgEKjcvpI)zIgj(XfD5^Zi@AhLxs1!X
f-AX-tGR}2xsL0(fg8Dro4JKsxsBVogFCs4ySayZxsUsKfCqVqhk1lYd5p(-f+u;3r+J2Fd5-6Kffsp+mwAO(d5zb3gEx7Lw
|R$md5`z`fDieIkNJd8`Hau`f-m`sula^=`Ht`Tfgkw~|K%rs<`;hDH-6_2{^T$I=AXYB`~et{ff$%U7?i;noFN#Jp%|KB7?
$A}o)H+4kr<g#7?sf&oiP}bu^5|i7?<%Fp9z?diI|v4n3TzwoGF-+shFB+n3n07o*9^tnV6Ybn3dU>ojI73xtN=In3wsOp9N
Tug;<zHSd_(BoF!P2rC6F}SeE5jo)uV;l~|coSe4aSoi$jKwOE^VSeNx!pAFcMjo6q?*p$uKoGsXrt=O7v*p}_so*meco!FU
O*p=Pbojur-z1W+5*q8m-p946MgE*K&IF!RUoFh1rqd1ylIF{o$o)b8clQ@}EIF-{loijL-vpAb`IG6J{p9{E<i@2CexRlGd
oGZAJtGJqLxR&d<o*TH4o4A=<xRu+uojbUbySSTsxR?95p9gr5hj^Grc$CL@oF{mar+AuYc$VjQo)>tLmw1_1c$L?9oi})sw
|JX(c$fEhpAYzukNB8R_>|B1oG<v2ulSm8_?GYZo*(#;|L|Xa;%9#0SAOGn{@_pk;&1->Yp^c>12PZ;GYEq+7=tqeLoyUYGY
rEr9K$mLBQg>rGYX?J8ly7?V=@+FGY;c29^*3s6EYDKGYOM28Iv;wQ!*7(GY!)+9n&)dGcpr1GYhja8?!S9b21lmGY|7JAM>
*S3$hRkvj~f_7>lz6OR^M8vkc3!9Luu;E3y(RvkI%S8mqGgYqAz=vkvRB9_zCK8?q4_vk9BB8Jn{OTe1~fvklv_9ow@5JF*i
yvkSYj8@sayd$JdMvk&{SANz9v2XYVxa|nlW7>9ENM{*QLa}39F9LIA4Cvp-ea|)+&8mDsxXL1&2a}MWn9_Mob7jh97a|xGn
8JBYfS8^3sa}C#W9oKUMH*ym<a|^d}8@F=@cXAhZa}W1&ANTVB5AqNX^9Yaf7?1M=Px2H`^9;}O9MAItFY*#E^9rx>8n5#PZ
}Jvz^A7Lw9`Ex3AMz0&^9i5w8K3h7U-A`S^9|qf9pCc<Kk^^`%TN5wFZ{}H{LUZz$zS}<KYtDM2Vg)3VqgYgPzGaghG0mBVr
Yh8ScYSGMqornVq`{PR7PWT#$ZgwVr<4?T*hO3CSXD)Vqzv?QYK?^reI2@Vrr&gTBc)qW?)8UVrFJxR%T;%=3q|dVs7SPUgl
$d7GOaZVqq3xQ5IuymS9PiVriCPS(amYR$xU|Vr5ogRaRql)?iK6Vr|x8UDjiLHef?GVq-R8Q#NCBwqQ%PVr#ZxTef3+c3?+
#VrO<?S9W7}_Fzx;VsG|gU-n~v4&Xoz;$RNpP!8j8j^Id+;%JWHSdQa(PT)jN;$%+YR8He`&frYW;%v_0T+ZWsF5p5g;$kl0
QZD0iuHZ_p;%ctpTCU@IZs104;%08)R&L{V?%+=D;%@HYUhd<59^gS9;$a@)Q6A%Qp5RHI;%T1YS)Sv0Uf@Mu;$>dpRbJzD-
r!B%;%(mHUEbq;KHx(>;$uGHQ$FK!zTiu~;%mO)TfXCae&9#`!+-gSpZSGf`HkQCgFpF;zxn5{MZN$G$UqFtAPmZ249*Y?$x
sZ<FbvCZ49^IR$ViOLD2&QzjLsO0$ykidIE>49jL!s2$V5!cBuvU=OwJTc$y7|uG)&8MOwSC=$V|-4EX>Mm%+4Il$z06MJj}
~{%+CTW$U-d4A}q>cEY1=v$x<xMGAzq-EYAw8$V#ltDy+(Ctj-#&$y%(<I;_ijtj`8)$VP0;CTz-PY|a*J$yRL5Hf+mwY|jq
t$WH9cF6_!~?9LwS$zJTuKJ3eW?9Txl$Uz*;AsotK9L^CO$x$55F&xWr9M1`y$Vr^cDV)k_oX#1X$yuDuIh@ORoX-VZ$VFVt
C0xp7T+S6-$yHp<HC)SeT+a>M$W7eLE!@g&+|C``$z9ydJ>1KE+|L6%$U{8LBRtAuJkAq5$x}SdGd#<4{2xjJ2NV
""",
    ],
}


def unpacked(text):
    return zlib.decompress(base64.b85decode("".join(text.split())))


@pytest.mark.parametrize("version", GOLDEN)
def test_what_an_earlier_version_wrote_still_loads(version, notebook):
    cell = notebook(CELL)
    body, *blobs = (unpacked(part) for part in GOLDEN[version])
    restored = load(body, blobs, namespace=cell)
    expected = values(cell)
    assert list(restored) == list(expected)
    for name, value in expected.items():
        assert same(restored[name], value), name
    assert restored["aliases"]["part"] is restored["aliases"]["loop"][0]
    assert restored["aliases"]["part"] is restored["instances"][0].y


def test_the_golden_values_can_be_written_today(notebook):
    cell = notebook(CELL)
    written = dump(values(cell), namespace=cell)
    assert same(load(written.body, written.blobs, namespace=cell), values(cell))
