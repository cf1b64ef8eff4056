/**
 * What the most used passwords are made of, in the languages of the service and its neighbours. Nearly all passwords of 15
 * characters and more that leaked often are one or two of these, doubled, or with digits: so `PasswordPolicy.ts` counts each as one
 * character instead of listing the combinations, of which there are millions. Words of at least four letters, in lower case.
 */
export const commonWords: ReadonlyArray<string> = `
password passwords passwort passwords1 passe motdepasse contrasena contraseña senha parola parole geslo heslo salasana wachtwoord
пароль парол пороль passphrase passcode secret secrets geheim sekret segredo secreto secure security login logmein letmein
letmeinnow openup opensesame open sesame trustno trustnoone changeme changethis change please default guest test tests testing tester
temp temporary admin admins administrator administrador root toor superuser supervisor manager user users username welcome
welcomeback welcomehome hello helloworld hallo halloween hola bonjour salut ciao ciaociao privet привет здравствуй namaste
nothing noting none null undefined unknown whatever anything something idontknow dontknow nopassword blank empty demo sample example
computer laptop internet network server service system windows linux ubuntu debian apple macintosh iphone android samsung
nokia motorola google gmail yahoo hotmail outlook microsoft facebook instagram twitter youtube myspace linkedin linked vkontakte
whatsapp telegram netflix amazon paypal playstation xbox nintendo minecraft roblox fortnite counterstrike warcraft starcraft
qwerty qwertyu qwertyui qwertyuiop qwertz azerty azertyuiop asdf asdfg asdfgh asdfghjkl zxcv zxcvb zxcvbn zxcvbnm qazwsx
qazwsxedc wsxedc qweasd qweasdzxc zaqwsx zaqxsw qwaszx asdzxc poiuyt poiuytrewq lkjhgf lkjhgfdsa mnbvcxz
йцукен йцукенгшщзхъ фыва фывапролдж ячсмить gfhjkm ghbdtn vfvf vfhbyf cjkysirj yfnfif fktrcfylh hjccbz k.,jdm
iloveyou iloveu iloveme iloveher iloveit ihateyou iloveyousomuch loveyou loveme lovely lover lovers love loves loved mylove
truelove onelove lovelove amor amore amour teamo tequiero liebe ichliebedich jetaime tiamo tivogliobene любовь люблю
lubov ятебялюблю woaini anhyeuem saranghae darling honey sweetheart sweetie sweety baby babygirl babyboy babydoll
angel angels princess prince queen king kings kingkong kingdom beautiful beauty pretty handsome cutie cutiepie sexy
sexybitch sexygirl sexyboy hottie gorgeous kitty hellokitty kitten kittycat cats doggy puppy dogs doggie monkey monkeys dragon dragons
dragonball tiger tigers lion lions wolf wolves eagle eagles falcon hawk bear bears panda panther jaguar cheetah elephant dolphin
dolphins shark whale butterfly spider spiderman ladybug unicorn horse horses ponies pony rabbit bunny hamster turtle penguin
chicken turkey duck goose swan snake cobra viper scorpion scorpio chocolate chocolat cookie cookies cupcake candy sugar
sweet sweets honeybee peanut banana apples orange oranges cherry cherries strawberry blueberry peach peaches lemon melon watermelon
pumpkin potato tomato cheese butter pepper ginger cinnamon vanilla coffee pizza burger hamburger icecream popcorn pancake
sunshine sunflower sunlight sunset sunrise sunny moonlight moon star stars starlight stargate starwars sky skyline skywalker
rainbow rain snow snowball snowflake snowman thunder lightning storm summer winter spring autumn january february
march april june july august september october november december monday tuesday wednesday thursday friday saturday sunday
flower flowers rose roses rosebud daisy violet jasmine jasmin lily orchid tulip garden forest river ocean beach island mountain
football futbol fussball soccer baseball basketball softball hockey tennis volleyball cricket rugby golf golfer
golfing boxing karate judo swimming swimmer runner running cycling fishing hunting hunter hunters skater skateboard snowboard
surfing dancer dancing ballet cheer cheerleader coach player players gamer gaming winner winners champion champions
liverpool arsenal chelsea chelseafc manchester manchesterunited manunited manutd everton tottenham barcelona fcbarcelona realmadrid
juventus milan acmilan inter napoli roma bayern dortmund schalke benfica porto sporting ajax feyenoord psv celtic rangers
galatasaray fenerbahce besiktas spartak zenit dinamo yankees redsox cowboys steelers packers raiders patriots broncos lakers
celtics bulls chicagobulls warriors dodgers cubs ferrari porsche mercedes mercedesbenz corvette camaro mustang toyota honda
yamaha suzuki kawasaki harley harleydavidson ducati lamborghini volkswagen audi subaru nissan mazda chevrolet chevy ford
superman batman ironman captain captainamerica america wonderwoman wolverine superstar superhero hulk avenger avengers joker
pokemon pikachu naruto sasuke sakura bleach onepiece goku vegeta mickey mickeymouse minnie mouse donald donaldduck goofy
pluto snoopy garfield scooby scoobydoo spongebob squarepants bartsimpson simpsons simpson homer southpark tinkerbell
winniethepooh pooh poohbear tigger piglet cinderella barbie disney disneyland harrypotter potter hogwarts gandalf frodo
legolas lordoftherings yoda darthvader vader skywalker terminator matrix neo rocky rambo jamesbond bond titanic avatar twilight
vampire vampires zombie zombies monster monsters ghost devil demon satan lucifer angelic heaven hell jesus jesuschrist christ
godisgood godislove godbless thankgod blessed blessing bismillah allah allahuakbar alhamdulillah muhammad mohamed mohammed
saibaba krishna sairam omsairam ganesh buddha faith hope grace trinity genesis exodus psalm church bible pray prayer
michael mike michelle jessica jennifer jenny ashley amanda andrew andrea andreas anthony tony daniel daniela danielle
david davide joshua joseph john johnny johnson jonathan jordan justin justinbieber bieber matthew nicholas nicolas nicole
christopher christian christina christine chris robert roberto richard william williams thomas charles charlie charlotte
alexander alexandra alexandre alex alexis alejandro elizabeth sarah sara hannah emily emma olivia sophia sophie samantha samuel
stephanie stephen steven steve brandon brian bryan kevin jason james jamie jack jackson jacob ryan tyler taylor austin nathan
benjamin gabriel gabriela isabella isabel victoria victor vanessa melissa heather rachel rebecca lauren kimberly brittany
courtney crystal amber tiffany natalie natalia natasha patrick patricia peter paul pedro carlos carmen maria marie marina mario
martin martina marcus mark antonio fernando francisco francesco alberto eduardo ricardo sebastian sergio miguel manuel
valentina valentin veronica veronika monica angela angelina angelo diana elena eva anna annie hanna julia juliana laura
lucia luis lucas luca leonardo lorenzo giovanni giuseppe matteo marco claudia silvia simone stefan stefano tobias florian
sabine sandra susanne ursula wolfgang heinrich friedrich günther jürgen pierre nathalie isabelle camille chloe
nastya anastasia настя александр андрей сергей дмитрий максим наташа марина светлана ольга екатерина татьяна sergey andrey
dmitry vladimir svetlana tatiana ekaterina natalya maksim nikita kirill ruslan oksana polina yuliya aleksandr igor oleg
george georgia henry harry oliver edward arthur winston churchill bailey buddy buster charly coco cooper dakota duke gizmo
jasper lucky maggie molly murphy oreo oscar pepsi cocacola rex rusty sammy shadow smokey sparky spike teddy teddybear toby
tucker whiskers london paris berlin moscow moskva москва madrid newyork newyorkcity chicago boston dallas houston texas california florida
hawaii hollywood lasvegas miami brooklyn australia canada england scotland ireland germany deutschland france espana italia
italy russia россия rossiya portugal brasil brazil mexico argentina colombia pakistan india indian china japan turkey polska poland
russland usa unitedstates metallica nirvana slipknot eminem greenday linkinpark blink beatles thebeatles rolling rollingstones queen
acdc ironmaiden rammstein pinkfloyd madonna michaeljackson rockstar rocknroll guitar drummer music musica hiphop reggae
heavymetal money cash dollar dollars million millionaire billion rich gold golden silver diamond diamonds crystal platinum
power powerful master masters mastermind killer killers assassin ninja samurai warrior soldier army marine navy airforce
pirate cowboy sheriff ranger sniper hitman gangster gangsta mafia thuglife hardcore badboy badgirl bitch bitches asshole
fuck fucker fuckyou fuckoff fuckme fuckthis shit bullshit motherfucker suck pussy dick penis porn sex boobs cunt bastard
family familia father mother mommy mama mamapapa papa daddy sister brother brothers grandma grandpa uncle son daughter children kids
friend friends friendship bestfriend bestfriends forever foreveryoung forevermore together always never neverland nevergiveup remember
freedom liberty justice peace peaceful happy happiness happyday smile smiley laugh lucky luckyme success successful
number numberone first second third time times today tomorrow yesterday midnight morning sunday holiday christmas
merrychristmas newyear happynewyear birthday happybirthday valentine easter blue bluesky black blackbird white red green yellow purple pink
orange brown grey gray violet gold rainbow company business office work worker working boss staff employee school college university
student teacher doctor nurse police lawyer engineer marketing sales finance accounting campaign promotion brand shop store
customer winter2 password2 football2 marlboro guinness heineken budweiser whiskey vodka tequila beer drunk party
abcd abcde abcdef abcdefg alphabet letters access access14 matrix maverick goose phoenix orion apollo hercules zeus thor odin loki
athena aphrodite pegasus dreams dreamer dream dreaming believe imagine wonderful wonder perfect awesome amazing fantastic great
cool coolest crazy insane stupid loser idiot noob legend legendary infinity eternity universe galaxy planet earth world
trouble danger dangerous poison toxic fire firefly water waterfall icecube iceman snowwhite storm hurricane tornado volcano
this that these those thisis thisismy thisisthe mynameis myname what whatis who whois when where smith jones brown miller davis wilson
correcthorsebatterystaple correct horse battery staple tobeornottobe thequickbrownfox quickbrownfox loremipsum
`
  .trim()
  .split(/\s+/)
