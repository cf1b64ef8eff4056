import { adults, type Deck, everyone, grown } from "./Deck.ts"

/** The English deck: 60 truths and 60 dares. `{player}` is the player whose turn it is, `{other}` another player. */
export const english: Deck = {
  truth: [
    {
      moods: ["calm"],
      ages: everyone,
      texts: [
        "What is your favourite smell in the whole world, and what does it remind you of?",
        "{player}, which place makes you feel calm the moment you get there?",
        "Which season suits you best, and why?",
        "What is the kindest thing that somebody has done for you this month?",
        "Which book, film or story could you enjoy again from the very beginning?",
        "What are you grateful for today? Name three things.",
        "If you could talk to any animal for one hour, which one would it be and what would you ask?",
        "What is the best present you have ever given to somebody?",
        "Which sound do you love to fall asleep to?",
        "{player}, what does your perfect Sunday look like from morning to evening?",
        "What is one thing you like about {other}?",
        "Which small thing always makes your day better?"
      ]
    },
    {
      moods: ["funny"],
      ages: everyone,
      texts: [
        "What is the funniest word you know? Say it three times.",
        "Which food did you once think you hated, until you tried it?",
        "If your pillow could talk, what would it say about you?",
        "{player}, what would your superhero name be, and what would your silly power be?",
        "What is the strangest dream that you remember?",
        "Which song do you sing when nobody can hear you?",
        "What is the oddest sandwich you would really eat?",
        "If you turned into a vegetable tomorrow, which one would you be?",
        "What made you laugh so hard that you could not stop?",
        "If {other} were a cartoon character, which one would it be?",
        "What is the most useless thing that you are really good at?",
        "What would a robot that looks just like you get wrong about being you?"
      ]
    },
    {
      moods: ["bold"],
      ages: everyone,
      texts: [
        "What are you afraid of that other people find harmless?",
        "{player}, what is one thing you have always wanted to try but have not dared to yet?",
        "When did you last say sorry, and what for?",
        "What is the bravest thing you have ever done?",
        "Which rule at home would you change first, and to what?",
        "What did you once break, hoping that nobody would notice?",
        "Which talent would you show on a stage in front of a thousand people?",
        "What would you do if you were in charge of the whole world for one day?",
        "What is something that {other} does better than you?"
      ]
    },
    {
      moods: ["calm"],
      ages: grown,
      texts: [
        "What advice do you wish you had heard a year earlier?",
        "Who in your life listens best, and how do you notice?",
        "Which photo on your phone would you never delete?",
        "{player}, what would you like to be really good at five years from now?",
        "Which song takes you straight back to one particular day?",
        "What do you do to feel better after a hard week?"
      ]
    },
    {
      moods: ["funny"],
      ages: grown,
      texts: [
        "What is the silliest thing you have ever looked up on the internet?",
        "Which autocorrect mistake of yours would deserve a prize?",
        "What is the longest time you have worn the same pair of socks? Be honest.",
        "{player}, what is the worst excuse you have ever used for being late?",
        "Which trend did you follow once and would rather forget?",
        "What would the title of the film about your last week be?"
      ]
    },
    {
      moods: ["bold"],
      ages: grown,
      texts: [
        "What is the last thing you pretended to understand?",
        "Which opinion of yours would start an argument in this room?",
        "{player}, what is the most embarrassing thing that has happened to you in public?",
        "Which message did you send to the wrong person?",
        "What habit of yours would you give up if it were easy?",
        "When did you last change your mind about something important?"
      ]
    },
    {
      moods: ["calm"],
      ages: adults,
      texts: [
        "Which part of being an adult turned out to be nicer than you expected?",
        "What would you tell yourself on the first day of your first job?",
        "{player}, which ordinary evening of the last year would you live through again?"
      ]
    },
    {
      moods: ["funny"],
      ages: adults,
      texts: [
        "What is the strangest thing that has ever happened to you in a meeting?",
        "What did you buy and never once use?",
        "Which household job do you avoid with the greatest skill, and how?"
      ]
    },
    {
      moods: ["bold"],
      ages: adults,
      texts: [
        "What is the boldest thing you have ever done at work?",
        "{player}, which dream have you given up, and would you take it up again?",
        "What is the most romantic thing that you have ever done for somebody?"
      ]
    }
  ],
  dare: [
    {
      moods: ["calm"],
      ages: everyone,
      texts: [
        "Close your eyes and name five sounds that you can hear right now.",
        "Say something nice about everyone who is playing.",
        "{player}, draw the house of your dreams in one minute.",
        "Balance on one leg while you count slowly to twenty.",
        "Tell a bedtime story of exactly five sentences.",
        "Hum a song until somebody guesses it.",
        "Take five deep breaths so calmly that everyone wants to join in.",
        "Build the tallest tower you can from things within your reach.",
        "Describe the room you are in as if it were a palace.",
        "Draw a portrait of {other} without lifting the pencil.",
        "Move in slow motion until it is your turn again.",
        "Find something blue, something round and something soft within one minute."
      ]
    },
    {
      moods: ["funny"],
      ages: everyone,
      texts: [
        "Walk across the room like a penguin that is late for school.",
        "Talk like a robot until your next turn.",
        "{player}, make the funniest face you can and hold it for ten seconds.",
        "Pretend to be an animal until somebody guesses which one.",
        "Sing the alphabet as if it were an opera.",
        "Tell a joke. If nobody laughs, tell another one.",
        "Give a weather report about what is going on in this room.",
        "Say a sentence in which every word begins with the same letter.",
        "Dance without music for twenty seconds.",
        "Copy everything that {other} does for one minute.",
        "Speak only in questions until your next turn.",
        "Sell us an invisible vacuum cleaner in thirty seconds."
      ]
    },
    {
      moods: ["bold"],
      ages: everyone,
      texts: [
        "Give a one-minute speech about why spoons are better than forks.",
        "{player}, sing the chorus of your favourite song as loudly as the neighbours allow.",
        "Do ten star jumps and count them out loud in another language.",
        "Let the others choose a word; use it in every sentence until your next turn.",
        "Show the dance move that you are proudest of.",
        "Act out a scene from your favourite film and play every role yourself.",
        "Invent a handshake with {other} and show it to everyone.",
        "Keep a perfectly serious face while everyone tries to make you laugh for thirty seconds.",
        "Make up a rap of four lines about the person on your left, or about yourself."
      ]
    },
    {
      moods: ["calm"],
      ages: grown,
      texts: [
        "Put your phone out of reach until your next turn.",
        "Send a friend a message that says only what you like about them.",
        "{player}, describe your week in exactly six words.",
        "Recite four lines of any poem or song as if you had written them for this moment.",
        "Teach everyone a word that you love, and explain why you love it.",
        "Guess what {other} is thinking about right now."
      ]
    },
    {
      moods: ["funny"],
      ages: grown,
      texts: [
        "Read out the last message you sent in the voice of a film trailer.",
        "Give a sports commentary on what the others are doing.",
        "{player}, act out your morning from the alarm clock to the front door in thirty seconds.",
        "Explain the internet to somebody from the year 1500.",
        "Pose like a statue, and let the others give it a title.",
        "Advertise your left shoe as the product of the year."
      ]
    },
    {
      moods: ["bold"],
      ages: grown,
      texts: [
        "Show the oldest photo on your phone and tell its story.",
        "Let the others ask three quick questions, and answer all of them truthfully.",
        "{player}, give an award speech for the most ordinary thing you did today.",
        "Imitate somebody in this room until the others guess who it is.",
        "Hold a plank for as long as it takes the others to agree on a song.",
        "Argue for one minute against something you firmly believe."
      ]
    },
    {
      moods: ["calm"],
      ages: adults,
      texts: [
        "Thank somebody you work with, in a message, for something small.",
        "Explain your job in words that a child of five would enjoy.",
        "{player}, make a toast with whatever is in your glass to something that went well this week."
      ]
    },
    {
      moods: ["funny"],
      ages: adults,
      texts: [
        "Answer the next question as if you were in a job interview to become an astronaut.",
        "Read out the most boring e-mail you can imagine as if it were a thriller.",
        "Give a two-minute guided tour of the contents of your bag or pockets."
      ]
    },
    {
      moods: ["bold"],
      ages: adults,
      texts: [
        "Call a friend and sing the first line of a birthday song, whatever the date.",
        "{player}, name the plan you keep putting off, and say by which day you will begin.",
        "Let the others write your next status message, and read it out with pride."
      ]
    }
  ]
}
