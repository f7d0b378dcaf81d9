package importer

import "strings"

// A country is a state or another territory that has a government.
type country struct {
	name string
	slug string
}

// countryTable has the states and territories, one a line: the codes of three letters by which CAMEO and GDELT know it (ISO 3166-1 and
// those that differ), then its name here, then other names that the sources give it. Names that only say which government or which
// part of the country is meant, such as West Bank, stand for the country.
const countryTable = `
ABW Aruba
AFG Afghanistan
AGO Angola
AIA Anguilla
ALA Åland Islands
ALB Albania
AND Andorra
ARE United Arab Emirates | UAE
ARG Argentina
ARM Armenia
ASM American Samoa
ATA Antarctica
ATG Antigua and Barbuda
AUS Australia
AUT Austria
AZE Azerbaijan
BDI Burundi
BEL Belgium
BEN Benin | Dahomey | Dahomey (Benin)
BFA Burkina Faso | Upper Volta | Upper Volta (Burkina Faso)
BGD Bangladesh
BGR Bulgaria
BHR Bahrain
BHS Bahamas | The Bahamas
BIH Bosnia and Herzegovina | Bosnia-Herzegovina | Bosnia
BLM Saint Barthélemy
BLR Belarus | Byelorussia
BLZ Belize
BMU Bermuda
BOL Bolivia
BRA Brazil
BRB Barbados
BRN Brunei | Brunei Darussalam
BTN Bhutan
BWA Botswana
CAF Central African Republic
CAN Canada
CCK Cocos Islands
CHE Switzerland
CHL Chile
CHN China | People's Republic of China | China, People's Republic of
CIV Côte d'Ivoire | Ivory Coast
CMR Cameroon
COD/ZAR Democratic Republic of the Congo | Democratic Republic of Congo | Congo, Democratic Republic of | Democratic Republic of the Congo (Zaire) | Zaire | Congo - Kinshasa
COG Republic of the Congo | Congo | Congo, Republic of | Congo - Brazzaville
COK Cook Islands
COL Colombia
COM Comoros
CPV Cape Verde | Cabo Verde
CRI Costa Rica
CSK Czechoslovakia
CUB Cuba
CUW Curaçao | Curacao
CXR Christmas Island
CYM Cayman Islands
CYP Cyprus
CZE Czech Republic | Czechia
DDR German Democratic Republic | East Germany
DEU Germany | Germany, Federal Republic of | Federal Republic of Germany
DJI Djibouti
DMA Dominica
DNK Denmark
DOM Dominican Republic
DZA Algeria
ECU Ecuador
EGY Egypt
ERI Eritrea
ESH Western Sahara
ESP Spain
EST Estonia
ETH Ethiopia
FIN Finland
FJI Fiji
FLK Falkland Islands | Falkland Islands (Malvinas)
FRA France
FRO Faroe Islands
FSM Micronesia | Micronesia, Federated States of
GAB Gabon
GBR United Kingdom | Great Britain | UK
GEO Georgia
GGY Guernsey
GHA Ghana
GIB Gibraltar
GIN Guinea
GLP Guadeloupe
GMB Gambia | The Gambia
GNB Guinea-Bissau
GNQ Equatorial Guinea
GRC Greece
GRD Grenada
GRL Greenland
GTM Guatemala
GUF French Guiana
GUM Guam
GUY Guyana
HKG Hong Kong | Hong Kong SAR
HND Honduras
HRV Croatia
HTI Haiti
HUN Hungary
IDN Indonesia
IMN Isle of Man
IND India
IRL Ireland
IRN Iran | Iran, Islamic Republic of
IRQ Iraq
ISL Iceland
ISR Israel
ITA Italy
JAM Jamaica
JEY Jersey
JOR Jordan
JPN Japan
KAZ Kazakhstan
KEN Kenya
KGZ Kyrgyzstan | Kyrgyz Republic | Kirghizia
KHM Cambodia | Khmer Republic (Cambodia)
KIR Kiribati
KNA Saint Kitts and Nevis | St. Kitts and Nevis | St. Christopher and Nevis
KOR South Korea | Korea, South | Korea, Republic of | Republic of Korea | Korea
KSV/XKX Kosovo
KWT Kuwait
LAO Laos | Lao People's Democratic Republic
LBN Lebanon
LBR Liberia
LBY Libya
LCA Saint Lucia | St. Lucia
LIE Liechtenstein
LKA Sri Lanka | Ceylon | Ceylon (Sri Lanka)
LSO Lesotho
LTU Lithuania
LUX Luxembourg
LVA Latvia
MAC Macao | Macau
MAF Saint Martin
MAR Morocco
MCO Monaco
MDA Moldova | Moldova, Republic of
MDG Madagascar
MDV Maldives
MEX Mexico
MHL Marshall Islands
MKD North Macedonia | Macedonia | the former Yugoslav Republic of Macedonia | Macedonia, Former Yugoslav Republic of
MLI Mali
MLT Malta
MMR Myanmar | Burma | Burma (Myanmar)
MNE Montenegro
MNG Mongolia
MNP Northern Mariana Islands
MOZ Mozambique
MRT Mauritania
MSR Montserrat
MTQ Martinique
MUS Mauritius
MWI Malawi
MYS Malaysia
MYT Mayotte
NAM Namibia
NCL New Caledonia
NER Niger
NFK Norfolk Island
NGA Nigeria
NIC Nicaragua
NIU Niue
NLD Netherlands
NOR Norway
NPL Nepal
NRU Nauru
NZL New Zealand
OMN Oman
PAK Pakistan
PAN Panama
PCN Pitcairn Islands
PER Peru
PHL Philippines
PLW Palau
PNG Papua New Guinea
POL Poland
PRI Puerto Rico
PRK North Korea | Korea, North
PRT Portugal
PRY Paraguay
PSE Palestine | Occupied Palestinian Territory | Palestinian Territory, Occupied | Palestinian Territories | Palestinian Authority | West Bank
PYF French Polynesia
QAT Qatar
REU Réunion | Reunion
ROU/ROM Romania
RUS Russia | Russian Federation
RWA Rwanda
SAU Saudi Arabia
SCG Serbia and Montenegro
SDN Sudan
SEN Senegal
SGP Singapore
SHN Saint Helena
SLB Solomon Islands
SLE Sierra Leone
SLV El Salvador
SMR San Marino
SOM Somalia | Somali Republic
SPM Saint Pierre and Miquelon
SRB Serbia
SSD South Sudan
STP São Tomé and Príncipe | Sao Tome and Principe
SUN Soviet Union | U.S.S.R. | USSR
SUR Suriname
SVK Slovakia | Slovak Republic
SVN Slovenia
SWE Sweden
SWZ Eswatini | Swaziland
SXM Sint Maarten
SYC Seychelles
SYR Syria | Syrian Arab Republic
TCA Turks and Caicos Islands
TCD Chad
TGO Togo
THA Thailand | Siam | Siam (Thailand)
TJK Tajikistan
TKL Tokelau
TKM Turkmenistan
TLS/TMP Timor-Leste | East Timor | Timor Leste
TON Tonga
TTO Trinidad and Tobago
TUN Tunisia
TUR Turkey | Türkiye
TUV Tuvalu
TWN Taiwan | Republic of China | China, Republic of
TZA Tanzania
UGA Uganda
UKR Ukraine
URY Uruguay
USA United States | United States of America | US | U.S.
UZB Uzbekistan
VAT Vatican City | Holy See | Holy See (Vatican City State) | Vatican
VCT Saint Vincent and the Grenadines | St. Vincent and the Grenadines | St. Vincent
VEN Venezuela
VGB British Virgin Islands | Virgin Islands, British
VIR United States Virgin Islands | Virgin Islands, U.S.
VNM Vietnam | Viet Nam
VUT Vanuatu
WLF Wallis and Futuna
WSM Samoa | Western Samoa | Somoa
YEM Yemen
YUG Yugoslavia
ZAF South Africa | Union of South Africa
ZMB Zambia
ZWE Zimbabwe | Zimbabwe Rhodesia | Southern Rhodesia (Zimbabwe)
`

// countries finds a country by its code, USA, and by the slug of any of its names.
var countries = readCountries(countryTable)

func readCountries(table string) map[string]*country {
	m := map[string]*country{}
	for line := range strings.Lines(table) {
		codes, names, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		list := strings.Split(names, " | ")
		c := &country{list[0], slug(list[0])}
		for code := range strings.SplitSeq(codes, "/") {
			m[code] = c
		}
		for _, name := range list {
			m[slug(name)] = c
		}
	}
	return m
}

// countryNamed returns the country with a name, nil if there is none.
func countryNamed(name string) *country { return countries[slug(name)] }
